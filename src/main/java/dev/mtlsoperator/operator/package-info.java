/**
 * The process: configuration, start, leader election, probes and metrics.
 *
 * <p>Only {@code Main} comes in.
 */
@NullMarked
package dev.mtlsoperator.operator;

import org.jspecify.annotations.NullMarked;
