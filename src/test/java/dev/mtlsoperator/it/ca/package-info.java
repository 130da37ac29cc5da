/** RootCAs on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.it.ca;

import org.jspecify.annotations.NullMarked;
