/** Trust bundles on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.it.bundles;

import org.jspecify.annotations.NullMarked;
