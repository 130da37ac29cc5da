/** RootCAs on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.it.rootca;

import org.jspecify.annotations.NullMarked;
