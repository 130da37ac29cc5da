package dev.mtlsoperator.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the API server takes to list all objects of a kind, in pages one after the other.
 *
 * @param objects on all pages
 * @param pages how long each took, from the request until its last byte; at least one
 */
record ListLatency(int objects, List<Duration> pages) {
  ListLatency {
    pages = List.copyOf(pages);
    if (pages.isEmpty()) {
      throw new IllegalArgumentException("a list has at least one page");
    }
  }

  /**
   * Measures it as an administrator.
   *
   * @param path of the list, such as {@code /api/v1/secrets}
   * @param limit objects a page
   */
  static ListLatency measure(EmbeddedCluster cluster, String path, long limit) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<Duration> pages = new ArrayList<>();
    int objects = 0;
    String next = "";
    do {
      String page = path + "?limit=" + limit + (next.isEmpty() ? "" : "&continue=" + next);
      long start = System.nanoTime();
      String answer = cluster.client().raw(page);
      pages.add(Duration.ofNanos(System.nanoTime() - start));
      JsonNode list = json.readTree(answer);
      objects += list.path("items").size();
      next =
          URLEncoder.encode(
              list.path("metadata").path("continue").asText(""), StandardCharsets.UTF_8);
    } while (!next.isEmpty());
    return new ListLatency(objects, pages);
  }

  Duration all() {
    return pages.stream().reduce(Duration.ZERO, Duration::plus);
  }

  /** How long a page took. */
  Figure page() {
    return new Figure(
        Figure.Unit.MILLISECONDS, pages.stream().map(page -> page.toNanos() / 1e6).toList());
  }
}
