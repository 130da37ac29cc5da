@NullMarked
package dev.mtlsoperator.secret.ca;

import org.jspecify.annotations.NullMarked;
