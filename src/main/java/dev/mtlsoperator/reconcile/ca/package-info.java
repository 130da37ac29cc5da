/**
 * Reconciles RootCAs.
 *
 * <p>Never meets {@code reconcile.leaf}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.ca;

import org.jspecify.annotations.NullMarked;
