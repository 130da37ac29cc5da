/**
 * What a spec asks for, as a certificate template, and whether it may be issued.
 *
 * <p>Uses {@code rotation.generation}.
 */
@NullMarked
package dev.mtlsoperator.rotation.request;

import org.jspecify.annotations.NullMarked;
