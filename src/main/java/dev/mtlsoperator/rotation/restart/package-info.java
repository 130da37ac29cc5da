/**
 * Decides which workloads are restarted after a renewal.
 *
 * <p>Used by {@code reconcile.restart}.
 */
@NullMarked
package dev.mtlsoperator.rotation.restart;

import org.jspecify.annotations.NullMarked;
