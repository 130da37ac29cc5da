package dev.mtlsoperator.api.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.api.Usage;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ServerCert} and {@link ClientCert} have in common: an end-entity certificate in a
 * Secret.
 */
public abstract sealed class LeafCert<S extends LeafSpec> extends CustomResource<S, LeafStatus>
    implements Namespaced permits ServerCert, ClientCert {
  private static final long serialVersionUID = 1L;

  /**
   * The Secret's name: {@code spec.secretName}, by default the resource's own name (a schema cannot
   * express that default).
   */
  public final String effectiveSecretName() {
    String named = getSpec().secretName();
    return named == null ? getMetadata().getName() : named;
  }

  /** Which of the two kinds of certificates this is. */
  public final LeafKind leafKind() {
    return this instanceof ClientCert ? LeafKind.ClientCert : LeafKind.ServerCert;
  }

  /** What the certificate is for: {@code spec.usages}, by default only the kind's own usage. */
  public final Set<Usage> effectiveUsages() {
    List<Usage> given = getSpec().usages();
    return given.isEmpty() ? Set.of(leafKind().usage()) : Set.copyOf(given);
  }

  /** The RootCA that signs. */
  public final CAName signingCA() {
    return getSpec().rootCARef().saidIn(getMetadata().getNamespace());
  }

  /** The RootCAs that the holder trusts, sorted. */
  public final SortedSet<CAName> trustedCAs() {
    SortedSet<CAName> all = new TreeSet<>();
    getSpec().trustedCARefs().forEach(ref -> all.add(ref.saidIn(getMetadata().getNamespace())));
    return all.isEmpty() ? new TreeSet<>(Set.of(signingCA())) : all;
  }

  /** The RootCAs that {@code spec.trustedCARefs} lists, sorted. */
  public final List<String> namedAsTrusted() {
    return getSpec().trustedCARefs().isEmpty()
        ? List.of()
        : trustedCAs().stream().map(CAName::toString).toList();
  }

  /** The RootCAs that the spec refers to, as signer or as trusted. */
  public final SortedSet<CAName> referredCAs() {
    SortedSet<CAName> all = trustedCAs();
    all.add(signingCA());
    return all;
  }

  /** The status; null also if it is only the schema's default, see {@link Api#UNOBSERVED}. */
  @Override
  public @Nullable LeafStatus getStatus() {
    LeafStatus status = super.getStatus();
    return status == null || Objects.equals(status.observedGeneration(), Api.UNOBSERVED)
        ? null
        : status;
  }
}
