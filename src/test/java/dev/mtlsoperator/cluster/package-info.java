/**
 * A real Kubernetes API (kube-apiserver, etcd, kube-controller-manager) as local processes, for
 * tests and the demo.
 */
@NullMarked
package dev.mtlsoperator.cluster;

import org.jspecify.annotations.NullMarked;
