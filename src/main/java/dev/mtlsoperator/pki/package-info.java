/**
 * Issues, imports and verifies X.509 certificates (RFC 5280). Pure: time is an argument.
 *
 * <p>Knows neither Kubernetes nor the API types.
 */
@NullMarked
package dev.mtlsoperator.pki;

import org.jspecify.annotations.NullMarked;
