package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.ImportSecret;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Secrets and ConfigMaps among manifests that may be read as somebody's input, by the same consent
 * as in the cluster.
 */
final class OfflineInputs {
  private final Manifests manifests;

  OfflineInputs(Manifests manifests) {
    this.manifests = manifests;
  }

  /** A Secret whose owner agreed; empty: there is none. */
  Optional<Secret> secret(String namespace, String name) {
    return find(manifests.secrets(), namespace, name).filter(InputConsent::given);
  }

  /** What a RootCA asks for. */
  DesiredCertificate desired(RootCA ca) {
    return DesiredCertificate.of(ca, () -> ImportSecret.judge(importSecret(ca), offered(ca)));
  }

  /** The CA that a RootCA imports, whose draft is a {@link DesiredCertificate.Import}. */
  ImportedCa imported(RootCA ca) {
    return ImportSecret.read(offered(ca).orElseThrow());
  }

  /** The certificates of others that are trusted beside a CA. */
  AdditionalCertificates.Gathered additional(RootCA ca, Instant now) {
    String namespace = ca.getMetadata().getNamespace();
    AdditionalCertificates.Inputs inputs =
        new AdditionalCertificates.Inputs() {
          @Override
          public Optional<String> map(TrustInputRef ref) {
            return find(manifests.configMaps(), namespace, ref.name())
                .filter(InputConsent::given)
                .map(found -> found.getData().get(ref.key()));
          }

          @Override
          public Optional<String> secret(TrustInputRef ref) {
            return OfflineInputs.this
                .secret(namespace, ref.name())
                .flatMap(found -> SecretData.text(found, ref.key()));
          }
        };
    // nothing is written while one cannot be read: there is nothing to keep
    return AdditionalCertificates.gather(
        ca.getSpec().additionalTrust(), inputs, AdditionalEntries.none(), now);
  }

  private Optional<Secret> offered(RootCA ca) {
    return find(manifests.secrets(), ca.getMetadata().getNamespace(), importSecret(ca))
        .filter(ImportSecret::isOffered);
  }

  /** Where a CA lies that is imported. */
  static String importSecret(RootCA ca) {
    ImportSource source = ca.getSpec().importFrom();
    if (source == null) {
      throw new IllegalStateException("asked for the import of a CA that is made here");
    }
    return source.secretName();
  }

  private static <T extends HasMetadata> Optional<T> find(
      List<T> among, String namespace, String name) {
    return among.stream()
        .filter(found -> found.getMetadata().getNamespace().equals(namespace))
        .filter(found -> found.getMetadata().getName().equals(name))
        .findFirst();
  }
}
