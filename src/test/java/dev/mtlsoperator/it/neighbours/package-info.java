/** Several tenants, some of them hostile, on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.it.neighbours;

import org.jspecify.annotations.NullMarked;
