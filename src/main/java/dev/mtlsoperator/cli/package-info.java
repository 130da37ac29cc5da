/**
 * The {@code issue} command: certificates without a cluster.
 *
 * <p>Only {@code Main} uses it.
 */
@NullMarked
package dev.mtlsoperator.cli;

import org.jspecify.annotations.NullMarked;
