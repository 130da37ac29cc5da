/**
 * Decides when and why certificates are issued, and what keeps the operator from doing so. Pure:
 * time is an argument.
 *
 * <p>The rooms below it decide for leaves and for CAs; this one knows neither.
 */
@NullMarked
package dev.mtlsoperator.rotation;

import org.jspecify.annotations.NullMarked;
