package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Classifies errors of the API server for reconcilers. */
public final class ApiErrors {
  private static final int CLIENT_ERROR = 400;
  private static final int SERVER_ERROR = 500;
  private static final int LONGEST = 500;

  /**
   * Status codes that are not about the content of a request: authentication, absence, timeouts,
   * rate limits.
   */
  private static final Set<Integer> NO_REFUSAL = Set.of(401, 404, 408, 409, 425, 429);

  /**
   * Messages of etcd, and of the API server's connection to it, for an object that is too large.
   */
  private static final Set<String> TOO_LARGE =
      Set.of("etcdserver: request is too large", "message larger than max");

  private static final int MOST_CAUSES = 8;

  private ApiErrors() {}

  /**
   * The error of the API server, or of the connection to it, in a failure; empty if there is none.
   * The framework (JOSDK 5.3.2) wraps the one that ends a status write whose response is lost.
   */
  static Optional<KubernetesClientException> in(Throwable failure) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause)
        .limit(MOST_CAUSES)
        .filter(KubernetesClientException.class::isInstance)
        .map(KubernetesClientException.class::cast)
        .findFirst();
  }

  /**
   * The message of the API server if it rejects a write because of a quota, an admission policy or
   * missing permissions; empty if a retry may succeed, or the namespace is being deleted.
   */
  public static Optional<String> refusal(KubernetesClientException e) {
    boolean byTheServer = e.getCode() >= CLIENT_ERROR && e.getCode() < SERVER_ERROR;
    if (!(byTheServer || isTooLarge(e))
        || NO_REFUSAL.contains(e.getCode())
        || isNamespaceGoing(e)) {
      return Optional.empty();
    }
    String said = said(e).isEmpty() ? "" : ": " + said(e);
    String line = "the API server refuses it (HTTP " + e.getCode() + ")" + said.replace('\n', ' ');
    return Optional.of(line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line);
  }

  // labels and finalizers have no bound of their own: the storage rejects a large object with a
  // server error, which persists while the object is that large
  private static boolean isTooLarge(KubernetesClientException e) {
    return TOO_LARGE.stream().anyMatch(said(e)::contains);
  }

  private static String said(KubernetesClientException e) {
    Status status = e.getStatus();
    return status == null || status.getMessage() == null ? "" : status.getMessage();
  }

  /** Whether another client wrote first, or the name is taken. */
  public static boolean isConflict(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_CONFLICT;
  }

  public static boolean isForbidden(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN;
  }

  public static boolean isNotFound(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }

  /** Whether the namespace is being deleted, so that nothing can be created in it. */
  public static boolean isNamespaceGoing(KubernetesClientException e) {
    Status status = e.getStatus();
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
        && status != null
        && status.getDetails() != null
        && status.getDetails().getCauses() != null
        && status.getDetails().getCauses().stream()
            .anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
  }
}
