package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.TrustInputRef;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.secret.AdditionalCertificates;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;

/**
 * Reads the {@code additionalTrust} of RootCAs. What was published stays while something of it
 * cannot be read: that it is missing is no evidence that nobody needs it.
 */
final class AdditionalTrustInputs {
  private final CaWatches watches;
  private final Surroundings surroundings;

  AdditionalTrustInputs(CaWatches watches, Surroundings surroundings) {
    this.watches = watches;
    this.surroundings = surroundings;
  }

  /**
   * What is to be trusted beside the CA's own generations; it is remembered for its leaves.
   *
   * @param published the CA's trust ConfigMap
   */
  AdditionalTrusts.Known read(RootCA ca, Lineage lineage, Optional<ConfigMap> published) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    Optional<AdditionalTrusts.Known> before = surroundings.additionalTrusts().of(namespace, name);
    if (ca.getSpec().additionalTrust().isEmpty() && before.isEmpty()) {
      return AdditionalTrusts.Known.none();
    }
    AdditionalCertificates gathered =
        new AdditionalCertificates(inputs(namespace), surroundings.now());
    ca.getSpec().additionalTrust().forEach(gathered::add);
    if (gathered.problem().isPresent()) {
      gathered.keep(
          before
              .map(AdditionalTrusts.Known::certificates)
              .orElseGet(
                  () ->
                      published
                          .map(map -> TrustConfigMap.additional(ca, map, surroundings.seal()))
                          .orElse(List.of())));
    }
    AdditionalTrusts.Known found =
        new AdditionalTrusts.Known(
            gathered.beside(lineage),
            gathered
                .problem()
                .map(
                    why ->
                        new Finding(
                            why.reason(), why.message() + "; what was trusted before stays")));
    surroundings.additionalTrusts().remember(namespace, name, found);
    return found;
  }

  private AdditionalCertificates.Inputs inputs(String namespace) {
    return new AdditionalCertificates.Inputs() {
      @Override
      public Optional<String> map(TrustInputRef ref) {
        return watches
            .inputMap(namespace, ref.name())
            .filter(InputConsent::given)
            .flatMap(map -> Optional.ofNullable(map.getData()))
            .flatMap(data -> Optional.ofNullable(data.get(ref.key())));
      }

      @Override
      public Optional<String> secret(TrustInputRef ref) {
        return text(namespace, ref);
      }
    };
  }

  private Optional<String> text(String namespace, TrustInputRef ref) {
    Optional<Secret> cached = watches.input(namespace, ref.name()).filter(InputConsent::given);
    Optional<String> plain = cached.flatMap(secret -> SecretData.text(secret, ref.key()));
    if (cached.isEmpty() || plain.isPresent()) {
      return plain;
    }
    // a cache holds only the digest of what may be secret
    return Optional.ofNullable(
            surroundings.client().secrets().inNamespace(namespace).withName(ref.name()).get())
        .filter(InputConsent::given)
        .flatMap(secret -> SecretData.text(secret, ref.key()));
  }
}
