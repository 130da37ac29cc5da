/**
 * The ports that the operator opens: health and metrics, CRLs and OCSP.
 *
 * <p>Uses none of the other packages of {@code operator}.
 */
@NullMarked
package dev.mtlsoperator.operator.http;

import org.jspecify.annotations.NullMarked;
