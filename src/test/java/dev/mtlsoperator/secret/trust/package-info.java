@NullMarked
package dev.mtlsoperator.secret.trust;

import org.jspecify.annotations.NullMarked;
