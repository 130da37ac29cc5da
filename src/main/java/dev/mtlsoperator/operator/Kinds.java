package dev.mtlsoperator.operator;

import dev.mtlsoperator.api.Api;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether the API server knows our kinds; by discovery, which needs no rights of its own. */
final class Kinds {
  private static final List<String> PLURALS = List.of("rootcas", "servercerts", "clientcerts");

  private Kinds() {}

  /**
   * Requires them.
   *
   * @throws IllegalStateException with what to do, when one is missing
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
