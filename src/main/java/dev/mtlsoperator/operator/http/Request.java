package dev.mtlsoperator.operator.http;

import io.vertx.core.MultiMap;

/**
 * A request to one of the ports.
 *
 * @param path as sent: percent signs are not decoded, and dots not resolved
 */
record Request(String path, MultiMap headers) {}
