/**
 * Runs the operator against a real Kubernetes API, and simulates its users, tenants and TLS peers.
 */
@NullMarked
package dev.mtlsoperator.harness;

import org.jspecify.annotations.NullMarked;
