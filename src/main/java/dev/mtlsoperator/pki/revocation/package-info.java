/**
 * Certificate revocation lists (RFC 5280 section 5): reads them, and proves who signed them.
 *
 * <p>Uses {@code pki.encoding} and {@code pki.key} only.
 */
@NullMarked
package dev.mtlsoperator.pki.revocation;

import org.jspecify.annotations.NullMarked;
