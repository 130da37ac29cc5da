@NullMarked
package dev.mtlsoperator.api.rules;

import org.jspecify.annotations.NullMarked;
