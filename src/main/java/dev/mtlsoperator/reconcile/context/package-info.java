/**
 * What the reconcilers share: seal, signing keys, CA generations, clock and cache checks.
 *
 * <p>Uses {@code restart}, {@code fair} and {@code kube}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.context;

import org.jspecify.annotations.NullMarked;
