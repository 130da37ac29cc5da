/**
 * Common parts of all Secrets and ConfigMaps that the operator writes: keys, seal, digests, owners.
 *
 * <p>Pure; the rooms below it read and write one kind of object each.
 */
@NullMarked
package dev.mtlsoperator.secret;

import org.jspecify.annotations.NullMarked;
