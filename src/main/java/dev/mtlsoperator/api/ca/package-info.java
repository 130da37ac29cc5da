/**
 * The RootCA resource: its spec, its status, and the types of their fields.
 *
 * <p>Types only: {@code api.rules} has their rules.
 */
@NullMarked
package dev.mtlsoperator.api.ca;

import org.jspecify.annotations.NullMarked;
