/**
 * Private keys, their encodings and their keystores.
 *
 * <p>Uses {@code pki.encoding} only.
 */
@NullMarked
package dev.mtlsoperator.pki.key;

import org.jspecify.annotations.NullMarked;
