@NullMarked
package dev.mtlsoperator.secret;

import org.jspecify.annotations.NullMarked;
