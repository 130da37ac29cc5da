@NullMarked
package dev.mtlsoperator.consumers;

import org.jspecify.annotations.NullMarked;
