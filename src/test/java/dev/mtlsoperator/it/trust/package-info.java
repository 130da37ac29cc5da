/** Trust bundles on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.it.trust;

import org.jspecify.annotations.NullMarked;
