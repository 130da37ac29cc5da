/**
 * Decides when and why certificates are issued, and what prevents it. Pure: time is an argument.
 *
 * <p>The packages below it decide for leaves and for CAs; this one depends on neither.
 */
@NullMarked
package dev.mtlsoperator.rotation;

import org.jspecify.annotations.NullMarked;
