/**
 * The Secrets of a RootCA: its generations, and what it imports.
 *
 * <p>Uses {@code secret} only.
 */
@NullMarked
package dev.mtlsoperator.secret.ca;

import org.jspecify.annotations.NullMarked;
