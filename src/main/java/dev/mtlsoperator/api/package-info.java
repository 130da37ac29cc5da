/**
 * Field types that the specs and statuses of all kinds share.
 *
 * <p>Every package may use it; it uses none of ours.
 */
@NullMarked
package dev.mtlsoperator.api;

import org.jspecify.annotations.NullMarked;
