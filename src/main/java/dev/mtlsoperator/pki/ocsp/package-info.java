/**
 * Answers of an OCSP responder (RFC 6960) as RFC 5019 profiles it for many clients: one certificate
 * a request, answers signed in advance, by a delegated key.
 *
 * <p>Uses all of {@code pki} but {@code advice}.
 */
@NullMarked
package dev.mtlsoperator.pki.ocsp;

import org.jspecify.annotations.NullMarked;
