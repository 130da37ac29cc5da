/**
 * What the Kubernetes client lacks: errors, paging, event sources, watch scope, conditions, events.
 *
 * <p>Uses nothing of ours above {@code secret}.
 */
@NullMarked
package dev.mtlsoperator.reconcile.kube;

import org.jspecify.annotations.NullMarked;
