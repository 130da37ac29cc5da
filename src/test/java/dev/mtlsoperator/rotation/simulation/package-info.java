/** Simulates years of a CA and its relying parties in a second. */
@NullMarked
package dev.mtlsoperator.rotation.simulation;

import org.jspecify.annotations.NullMarked;
