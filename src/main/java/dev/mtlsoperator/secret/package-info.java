/**
 * Common parts of all Secrets and ConfigMaps that the operator writes: keys, seal, digests, owners.
 *
 * <p>Pure; each subpackage reads and writes one kind of object.
 */
@NullMarked
package dev.mtlsoperator.secret;

import org.jspecify.annotations.NullMarked;
