/**
 * The certificate that a spec asks for, as a template, and how it is issued.
 *
 * <p>Uses {@code rotation.generation}.
 */
@NullMarked
package dev.mtlsoperator.rotation.request;

import org.jspecify.annotations.NullMarked;
