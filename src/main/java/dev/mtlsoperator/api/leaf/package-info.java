/**
 * The ServerCert and ClientCert resources: specs, statuses, and the types of their fields.
 *
 * <p>Types only: what they must obey stands in {@code api.rules}.
 */
@NullMarked
package dev.mtlsoperator.api.leaf;

import org.jspecify.annotations.NullMarked;
