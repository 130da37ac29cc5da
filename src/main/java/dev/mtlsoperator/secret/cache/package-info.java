/**
 * What of Secrets and ConfigMaps is kept in the informer caches: no key, no password, bounded size.
 *
 * <p>Used by the event sources of the reconcilers.
 */
@NullMarked
package dev.mtlsoperator.secret.cache;

import org.jspecify.annotations.NullMarked;
