/**
 * Reconciles ServerCerts and ClientCerts.
 *
 * <p>Never meets {@code reconcile.ca}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.leaf;

import org.jspecify.annotations.NullMarked;
