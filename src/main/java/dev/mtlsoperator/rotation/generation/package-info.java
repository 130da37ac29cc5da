/**
 * A generation of a CA, its milestones, and the set of all generations of one CA.
 *
 * <p>Uses {@code rotation} only.
 */
@NullMarked
package dev.mtlsoperator.rotation.generation;

import org.jspecify.annotations.NullMarked;
