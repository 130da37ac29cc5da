@NullMarked
package dev.mtlsoperator.reconcile.context;

import org.jspecify.annotations.NullMarked;
