/**
 * The Secret of a ServerCert or ClientCert: layout, files and judgement.
 *
 * <p>Uses {@code secret} and {@code secret.trust}.
 */
@NullMarked
package dev.mtlsoperator.secret.leaf;

import org.jspecify.annotations.NullMarked;
