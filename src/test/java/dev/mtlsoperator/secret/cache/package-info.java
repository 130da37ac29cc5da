@NullMarked
package dev.mtlsoperator.secret.cache;

import org.jspecify.annotations.NullMarked;
