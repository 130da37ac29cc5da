/**
 * The process: configuration, start, leader election, probes and metrics.
 *
 * <p>Only {@code Main} uses it.
 */
@NullMarked
package dev.mtlsoperator.operator;

import org.jspecify.annotations.NullMarked;
