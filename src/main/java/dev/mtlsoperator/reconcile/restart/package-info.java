/**
 * Restarts workloads that use a renewed Secret.
 *
 * <p>Uses {@code reconcile.kube}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.restart;

import org.jspecify.annotations.NullMarked;
