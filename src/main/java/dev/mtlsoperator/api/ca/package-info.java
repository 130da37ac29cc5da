/**
 * The RootCA resource: its spec, its status, and the types of their fields.
 *
 * <p>Types only: what they must obey stands in {@code api.rules}.
 */
@NullMarked
package dev.mtlsoperator.api.ca;

import org.jspecify.annotations.NullMarked;
