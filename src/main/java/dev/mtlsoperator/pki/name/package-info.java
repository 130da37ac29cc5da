/**
 * Distinguished names, subject alternative names and name constraints (RFC 5280 section 4.2.1).
 *
 * <p>Uses {@code pki.encoding} only.
 */
@NullMarked
package dev.mtlsoperator.pki.name;

import org.jspecify.annotations.NullMarked;
