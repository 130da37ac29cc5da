package dev.mtlsoperator.api;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;

/**
 * What {@link ServerCert} and {@link ClientCert} have in common: an end-entity certificate in a
 * Secret.
 */
public abstract sealed class LeafCert<S extends LeafSpec> extends CustomResource<S, LeafStatus>
    implements Namespaced permits ServerCert, ClientCert {
  private static final long serialVersionUID = 1L;

  /**
   * The Secret's name: what the spec says, else the resource's own name (a schema cannot express
   * that default).
   */
  public final String effectiveSecretName() {
    String named = getSpec().secretName();
    return named == null ? getMetadata().getName() : named;
  }
}
