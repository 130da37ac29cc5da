@NullMarked
package dev.mtlsoperator.operator;

import org.jspecify.annotations.NullMarked;
