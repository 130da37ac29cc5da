@NullMarked
package dev.mtlsoperator.reconcile.trust;

import org.jspecify.annotations.NullMarked;
