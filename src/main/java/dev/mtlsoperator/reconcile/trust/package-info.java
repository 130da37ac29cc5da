/**
 * Where trust bundles go, and what became of each.
 *
 * <p>Uses {@code context} and {@code kube}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.trust;

import org.jspecify.annotations.NullMarked;
