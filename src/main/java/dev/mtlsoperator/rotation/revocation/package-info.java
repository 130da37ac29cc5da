/**
 * Decides what is revoked, when a certificate revocation list (CRL) is signed, and which lists a
 * trust bundle holds. Pure: time is an argument.
 *
 * <p>Uses {@code rotation.generation}; {@code rotation.ca} uses it.
 */
@NullMarked
package dev.mtlsoperator.rotation.revocation;

import org.jspecify.annotations.NullMarked;
