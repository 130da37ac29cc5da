@NullMarked
package dev.mtlsoperator.reconcile.kube;

import org.jspecify.annotations.NullMarked;
