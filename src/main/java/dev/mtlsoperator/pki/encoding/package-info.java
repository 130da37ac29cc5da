/**
 * Reads and writes DER and PEM, with bounds on what is read.
 *
 * <p>The lowest room of {@code pki}: it uses no other one.
 */
@NullMarked
package dev.mtlsoperator.pki.encoding;

import org.jspecify.annotations.NullMarked;
