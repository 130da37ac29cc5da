/**
 * Trust bundles: content, copies in other namespaces, and additional trust.
 *
 * <p>Uses {@code secret} only.
 */
@NullMarked
package dev.mtlsoperator.secret.trust;

import org.jspecify.annotations.NullMarked;
