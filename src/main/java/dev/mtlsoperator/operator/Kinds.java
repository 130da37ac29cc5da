package dev.mtlsoperator.operator;

import dev.mtlsoperator.api.Api;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks that the CRDs are installed, by discovery, which needs no additional rights. */
final class Kinds {
  private static final List<String> PLURALS = List.of("rootcas", "servercerts", "clientcerts");

  private Kinds() {}

  /**
   * Requires all three kinds.
   *
   * @throws IllegalStateException when one is missing; the message says what to do
   */
  static void require(KubernetesClient client) {
    APIResourceList known = client.getApiResources(Api.GROUP + "/" + Api.VERSION);
    Set<String> names =
        known == null
            ? Set.of()
            : known.getResources().stream().map(APIResource::getName).collect(Collectors.toSet());
    List<String> missing = PLURALS.stream().filter(plural -> !names.contains(plural)).toList();
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "the API server does not know our kinds ("
              + String.join(", ", missing)
              + "): run `kubectl apply -f crds/` first");
    }
  }
}
