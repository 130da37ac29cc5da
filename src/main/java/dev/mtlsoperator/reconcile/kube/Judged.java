package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** Acts on the version of an object that a decision is based on, and on no other one. */
public final class Judged {
  private Judged() {}

  /**
   * Deletes an object.
   *
   * @param judged live or as cached
   * @throws KubernetesClientException a conflict if another client changed it since, see {@link
   *     ApiErrors#isConflict}
   */
  public static void delete(KubernetesClient client, HasMetadata judged) {
    client.resource(judged).lockResourceVersion(judged.getMetadata().getResourceVersion()).delete();
  }
}
