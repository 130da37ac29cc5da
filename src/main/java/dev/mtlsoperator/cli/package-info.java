/**
 * The {@code issue} command: certificates without a cluster.
 *
 * <p>Only {@code Main} comes in.
 */
@NullMarked
package dev.mtlsoperator.cli;

import org.jspecify.annotations.NullMarked;
