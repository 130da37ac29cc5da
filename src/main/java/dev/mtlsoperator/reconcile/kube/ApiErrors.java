package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What an error of the API server means to a reconciler. */
public final class ApiErrors {
  private static final int CLIENT_ERROR = 400;
  private static final int SERVER_ERROR = 500;
  private static final int LONGEST = 500;

  /** Not about what was asked: who asks, what is not there, when, how often. */
  private static final Set<Integer> NO_REFUSAL = Set.of(401, 404, 408, 409, 425, 429);

  /** What etcd, and the API server's connection to it, say of an object that is too large. */
  private static final Set<String> TOO_LARGE =
      Set.of("etcdserver: request is too large", "message larger than max");

  private static final int MOST_CAUSES = 8;

  private ApiErrors() {}

  /**
   * What the API server, or the connection to it, has to do with a failure. The framework (JOSDK
   * 5.3.2) wraps what ends a write of status when the answer is lost.
   */
  static Optional<KubernetesClientException> in(Throwable failure) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause)
        .limit(MOST_CAUSES)
        .filter(KubernetesClientException.class::isInstance)
        .map(KubernetesClientException.class::cast)
        .findFirst();
  }

  /**
   * What the API server said of a write that it does not want, be it for a quota, an admission
   * policy or missing rights; empty: the same write may succeed the next time, or the namespace is
   * going.
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

  // labels and finalizers know no bound of their own: what the storage does not take is told as an
  // error of the server, and stays one for as long as the object is that large
  private static boolean isTooLarge(KubernetesClientException e) {
    return TOO_LARGE.stream().anyMatch(said(e)::contains);
  }

  private static String said(KubernetesClientException e) {
    Status status = e.getStatus();
    return status == null || status.getMessage() == null ? "" : status.getMessage();
  }

  /** Somebody else wrote first, or the name is taken. */
  public static boolean isConflict(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_CONFLICT;
  }

  public static boolean isForbidden(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN;
  }

  public static boolean isNotFound(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }

  /** Nothing can be created any more, and all that is there goes with the namespace. */
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
