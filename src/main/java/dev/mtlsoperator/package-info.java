@NullMarked
package dev.mtlsoperator;

import org.jspecify.annotations.NullMarked;
