@NullMarked
package dev.mtlsoperator.api;

import org.jspecify.annotations.NullMarked;
