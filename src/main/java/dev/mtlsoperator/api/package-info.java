/**
 * Field types that the specs and statuses of all kinds share.
 *
 * <p>Everybody may come in; it knows nothing else of ours.
 */
@NullMarked
package dev.mtlsoperator.api;

import org.jspecify.annotations.NullMarked;
