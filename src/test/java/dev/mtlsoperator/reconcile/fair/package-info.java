@NullMarked
package dev.mtlsoperator.reconcile.fair;

import org.jspecify.annotations.NullMarked;
