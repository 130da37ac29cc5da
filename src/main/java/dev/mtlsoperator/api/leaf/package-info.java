/**
 * The ServerCert and ClientCert resources: specs, statuses, and the types of their fields.
 *
 * <p>Types only: {@code api.rules} has their rules.
 */
@NullMarked
package dev.mtlsoperator.api.leaf;

import org.jspecify.annotations.NullMarked;
