@NullMarked
package dev.mtlsoperator.reconcile;

import org.jspecify.annotations.NullMarked;
