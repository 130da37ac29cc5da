/**
 * A queue that serves namespaces in turn.
 *
 * <p>Used by {@code reconcile.fair}.
 */
@NullMarked
package dev.mtlsoperator.rotation.fair;

import org.jspecify.annotations.NullMarked;
