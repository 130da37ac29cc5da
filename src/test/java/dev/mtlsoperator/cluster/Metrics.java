package dev.mtlsoperator.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many requests the API server has answered since its start, from its metric {@code
 * apiserver_request_total}. A request is counted a moment after its answer was sent, a WATCH when
 * it ends. Requests of the API server itself and of the controllers (leases, garbage collection,
 * default ServiceAccounts) are included, so query only resources of the test.
 */
public record Metrics(Map<Request, Long> requests) {
  private static final Pattern SAMPLE =
      Pattern.compile("^apiserver_request_total\\{(.*)} ([0-9.e+]+)$", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
  private static final Set<String> WRITES =
      Set.of("POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION");

  /**
   * A kind of request, as the API server labels it.
   *
   * @param verb upper case: GET, LIST, WATCH, POST, PUT, PATCH, APPLY, DELETE, DELETECOLLECTION
   * @param group API group, empty for the core
   * @param resource plural in lower case, empty for non-resource paths
   * @param subresource such as {@code status}, mostly empty
   * @param code HTTP status of the response
   */
  public record Request(String verb, String group, String resource, String subresource, int code) {
    /** Whether it requests a change, even if that was rejected. */
    public boolean isWrite() {
      return WRITES.contains(verb);
    }
  }

  /** Immutable. */
  public Metrics {
    requests = Map.copyOf(requests);
  }

  /** Reads the text that the API server gives at {@code /metrics}. */
  static Metrics parse(String text) {
    Map<Request, Long> requests = new HashMap<>();
    Matcher sample = SAMPLE.matcher(text);
    while (sample.find()) {
      Map<String, String> labels = new HashMap<>();
      Matcher label = LABEL.matcher(sample.group(1));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
      Request request =
          new Request(
              labels.getOrDefault("verb", ""),
              labels.getOrDefault("group", ""),
              labels.getOrDefault("resource", ""),
              labels.getOrDefault("subresource", ""),
              Integer.parseInt(labels.getOrDefault("code", "0")));
      // labels that are not distinguished here (version, scope, dry run) are summed
      requests.merge(request, (long) Double.parseDouble(sample.group(2)), Long::sum);
    }
    return new Metrics(requests);
  }

  /** The number of requests that {@code which} accepts. */
  public long count(Predicate<Request> which) {
    return requests.entrySet().stream()
        .filter(entry -> which.test(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** The number of writes to a resource (plural) and its subresources, whatever their outcome. */
  public long writes(String resource) {
    return count(request -> request.isWrite() && request.resource().equals(resource));
  }

  /**
   * Only what was counted after {@code earlier}; kinds of request without a new one are left out.
   */
  public Metrics since(Metrics earlier) {
    Map<Request, Long> difference = new HashMap<>();
    requests.forEach(
        (request, count) -> {
          long more = count - earlier.requests.getOrDefault(request, 0L);
          if (more != 0) {
            difference.put(request, more);
          }
        });
    return new Metrics(difference);
  }
}
