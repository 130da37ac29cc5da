/**
 * Observes what is revoked, signs certificate revocation lists and remembers them in a Secret.
 *
 * <p>Uses {@code context} and {@code kube}; {@code ca} uses it.
 */
@NullMarked
package dev.mtlsoperator.reconcile.revocation;

import org.jspecify.annotations.NullMarked;
