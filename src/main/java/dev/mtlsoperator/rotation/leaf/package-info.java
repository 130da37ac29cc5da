/**
 * Facts, rules and decision for one ServerCert or ClientCert.
 *
 * <p>Never meets {@code rotation.ca}.
 */
@NullMarked
package dev.mtlsoperator.rotation.leaf;

import org.jspecify.annotations.NullMarked;
