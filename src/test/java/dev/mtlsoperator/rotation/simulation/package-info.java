/** Years of a CA and of those who use it, in a second. */
@NullMarked
package dev.mtlsoperator.rotation.simulation;

import org.jspecify.annotations.NullMarked;
