@NullMarked
package dev.mtlsoperator.reconcile.leaf;

import org.jspecify.annotations.NullMarked;
