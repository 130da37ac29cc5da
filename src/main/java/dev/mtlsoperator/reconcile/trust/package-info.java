/**
 * Distributes trust bundles and records the result for each copy.
 *
 * <p>Uses {@code context} and {@code kube}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.trust;

import org.jspecify.annotations.NullMarked;
