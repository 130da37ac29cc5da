/**
 * Reads YAML manifests without a cluster, as strictly as the API server reads them.
 *
 * <p>Only {@code cli} needs it.
 */
@NullMarked
package dev.mtlsoperator.cli.manifest;

import org.jspecify.annotations.NullMarked;
