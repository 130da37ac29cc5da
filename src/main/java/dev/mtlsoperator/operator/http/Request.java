package dev.mtlsoperator.operator.http;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;

/**
 * A request to one of the ports.
 *
 * @param path as sent: percent signs are not decoded, and dots not resolved
 * @param body empty for GET and HEAD, whose body is not read
 */
record Request(HttpMethod method, String path, MultiMap headers, Buffer body) {}
