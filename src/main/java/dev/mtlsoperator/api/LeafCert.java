package dev.mtlsoperator.api;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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

  /** None also where only the schema's default is there, see {@link Api#UNOBSERVED}. */
  @Override
  public @Nullable LeafStatus getStatus() {
    LeafStatus status = super.getStatus();
    return status == null || Objects.equals(status.observedGeneration(), Api.UNOBSERVED)
        ? null
        : status;
  }
}
