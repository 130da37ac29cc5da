/** The reconcilers, on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.reconcile;

import org.jspecify.annotations.NullMarked;
