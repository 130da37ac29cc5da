/**
 * What all of the operator's Secrets and ConfigMaps have in common: keys, seal, digests, owners.
 *
 * <p>Pure; the rooms below it read and write one kind of object each.
 */
@NullMarked
package dev.mtlsoperator.secret;

import org.jspecify.annotations.NullMarked;
