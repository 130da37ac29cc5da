/**
 * Facts, rules and decision for one RootCA.
 *
 * <p>This package and {@code rotation.leaf} do not depend on each other.
 */
@NullMarked
package dev.mtlsoperator.rotation.ca;

import org.jspecify.annotations.NullMarked;
