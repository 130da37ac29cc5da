/** Runs the operator against a real Kubernetes API, and plays everybody else. */
@NullMarked
package dev.mtlsoperator.harness;

import org.jspecify.annotations.NullMarked;
