@NullMarked
package dev.mtlsoperator.reconcile.ca;

import org.jspecify.annotations.NullMarked;
