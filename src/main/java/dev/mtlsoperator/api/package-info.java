/**
 * Field types that the specs and statuses of all kinds share.
 *
 * <p>Every package may use it; it depends on no other package of the operator.
 */
@NullMarked
package dev.mtlsoperator.api;

import org.jspecify.annotations.NullMarked;
