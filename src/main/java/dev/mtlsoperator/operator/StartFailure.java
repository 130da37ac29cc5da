package dev.mtlsoperator.operator;

import dev.mtlsoperator.operator.http.PortTakenException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Explains in one sentence why the operator could not start and what to do. The libraries wrap the
 * cause several times, and the outermost exception does not tell it.
 */
final class StartFailure {
  private StartFailure() {}

  static String explain(Exception failure, URL server) {
    List<Throwable> causes =
        Stream.<Throwable>iterate(failure, c -> c != null, Throwable::getCause).limit(20).toList();
    String root = String.valueOf(causes.get(causes.size() - 1).getMessage());
    return find(causes, PortTakenException.class)
        .map(Throwable::getMessage)
        .or(() -> find(causes, KubernetesClientException.class).map(e -> explain(e, server, root)))
        .orElse(root);
  }

  private static String explain(KubernetesClientException e, URL server, String root) {
    if (e.getCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
      return "the API server at " + server + " does not accept the credentials of KUBECONFIG";
    }
    return e.getStatus() == null
        ? "the API server at "
            + server
            + " cannot be reached ("
            + root
            + "): is it running, and does KUBECONFIG point to it?"
        : "the API server at " + server + " refused: " + e.getMessage();
  }

  private static <T> Optional<T> find(List<Throwable> causes, Class<T> type) {
    return causes.stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
