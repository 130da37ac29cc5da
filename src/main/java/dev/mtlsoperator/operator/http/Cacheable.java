package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.pki.encoding.Sha256;
import io.netty.handler.codec.DateFormatter;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A signed statement that is true for a time, as a response that clients and proxies may keep for a
 * part of it (RFC 9110 section 13, RFC 9111).
 *
 * @param etag strong, in quotes
 * @param thisUpdate since when it is true
 * @param nextUpdate verifiers refuse it from then on
 */
record Cacheable(Buffer body, String type, String etag, Instant thisUpdate, Instant nextUpdate) {
  /** How long a revocation stays unseen by a client that keeps what it has, at most. */
  private static final Duration LONGEST_AGE = Duration.ofHours(1);

  static Cacheable of(byte[] body, String type, Instant thisUpdate, Instant nextUpdate) {
    return new Cacheable(
        Buffer.buffer(body),
        type,
        '"' + HexFormat.of().formatHex(Sha256.digest(body)) + '"',
        thisUpdate,
        nextUpdate);
  }

  /** The response to a request: without a body if the client has the same already. */
  Answer answer(MultiMap request, Instant now) {
    Map<String, String> validators =
        Map.of(
            "Date",
            DateFormatter.format(Date.from(now)),
            "ETag",
            etag,
            "Last-Modified",
            DateFormatter.format(Date.from(thisUpdate)),
            "Cache-Control",
            "max-age=" + age(now).toSeconds() + ", public, no-transform, must-revalidate");
    return isKnown(request)
        ? new Answer(HttpURLConnection.HTTP_NOT_MODIFIED, validators, Buffer.buffer())
        : new Answer(HttpURLConnection.HTTP_OK, validators, body).with("Content-Type", type);
  }

  /** Half of the time that remains, so that a copy is renewed well before it ends. */
  private Duration age(Instant now) {
    Duration half = Duration.between(now, nextUpdate).dividedBy(2);
    if (half.isNegative()) {
      return Duration.ZERO;
    }
    return half.compareTo(LONGEST_AGE) < 0 ? half : LONGEST_AGE;
  }

  private boolean isKnown(MultiMap request) {
    if (request.contains("If-None-Match")) {
      // RFC 9110 section 13.1.3: If-Modified-Since is ignored then
      return request.getAll("If-None-Match").stream()
          .flatMap(tags -> Stream.of(tags.split(",", -1)))
          .map(String::trim)
          .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
    }
    @Nullable String since = request.get("If-Modified-Since");
    @Nullable Date date = since == null ? null : DateFormatter.parseHttpDate(since);
    // RFC 9110 section 13.1.3: a date that cannot be read is ignored
    return date != null && !thisUpdate.isAfter(date.toInstant());
  }
}
