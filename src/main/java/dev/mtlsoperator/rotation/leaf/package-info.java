/**
 * Facts, rules and decision for one ServerCert or ClientCert.
 *
 * <p>This package and {@code rotation.ca} do not depend on each other.
 */
@NullMarked
package dev.mtlsoperator.rotation.leaf;

import org.jspecify.annotations.NullMarked;
