/**
 * Facts, rules and decision for one RootCA.
 *
 * <p>Never meets {@code rotation.leaf}.
 */
@NullMarked
package dev.mtlsoperator.rotation.ca;

import org.jspecify.annotations.NullMarked;
