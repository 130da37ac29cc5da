@NullMarked
package dev.mtlsoperator.rotation.restart;

import org.jspecify.annotations.NullMarked;
