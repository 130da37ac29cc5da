@NullMarked
package dev.mtlsoperator.secret.leaf;

import org.jspecify.annotations.NullMarked;
