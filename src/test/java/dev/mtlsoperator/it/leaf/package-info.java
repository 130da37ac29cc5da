/** ServerCerts and ClientCerts on a real Kubernetes API. */
@NullMarked
package dev.mtlsoperator.it.leaf;

import org.jspecify.annotations.NullMarked;
