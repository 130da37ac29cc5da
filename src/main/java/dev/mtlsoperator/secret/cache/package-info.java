/**
 * The parts of Secrets and ConfigMaps in the informer caches: no keys, no passwords, bounded size.
 *
 * <p>Used by the event sources of the reconcilers.
 */
@NullMarked
package dev.mtlsoperator.secret.cache;

import org.jspecify.annotations.NullMarked;
