/**
 * Schedules rate-limited work by namespace.
 *
 * <p>Uses {@code reconcile.kube}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.fair;

import org.jspecify.annotations.NullMarked;
