/** Certificates that are taken out of service, on a real API server. */
@NullMarked
package dev.mtlsoperator.it.revocation;

import org.jspecify.annotations.NullMarked;
