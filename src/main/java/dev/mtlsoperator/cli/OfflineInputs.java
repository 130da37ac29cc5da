package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.ConfigMapData;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.ImportSecret;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The Secrets and ConfigMaps among the manifests that may be read as input of other resources; the
 * same consent is required as in the cluster.
 */
final class OfflineInputs {
  private final Manifests manifests;

  OfflineInputs(Manifests manifests) {
    this.manifests = manifests;
  }

  /** A Secret whose owner consented; empty: there is none. */
  Optional<Secret> secret(String namespace, String name) {
    return find(manifests.secrets(), namespace, name).filter(InputConsent::given);
  }

  /** The certificate that a RootCA asks for. */
  DesiredCertificate desired(RootCA ca, Instant now) {
    return DesiredCertificate.of(
        ca, () -> ImportSecret.judge(importSecret(ca), offered(ca)).at(now));
  }

  /** The CA that a RootCA imports; only if it asks for a {@link DesiredCertificate.Import}. */
  ImportedCa imported(RootCA ca) {
    return ImportSecret.read(offered(ca).orElseThrow());
  }

  /** The certificates of {@code spec.additionalTrust}. */
  AdditionalCertificates.Gathered additional(RootCA ca, Instant now) {
    // nothing is written if one cannot be read, so there is nothing to keep
    return AdditionalCertificates.gather(
        ca.getSpec().additionalTrust(),
        desired(ca, now),
        trustInputs(ca),
        AdditionalEntries.none(),
        now);
  }

  /** The CRLs of other CAs, next to their certificates. */
  AdditionalRevocations revocations(RootCA ca) {
    return AdditionalRevocations.read(
        ca.getSpec().additionalTrust(),
        Optional.ofNullable(ca.getSpec().importFrom()).map(ImportSource::secretName),
        trustInputs(ca));
  }

  private AdditionalCertificates.Inputs trustInputs(RootCA ca) {
    String namespace = ca.getMetadata().getNamespace();
    return new AdditionalCertificates.Inputs() {
      @Override
      public Optional<SuppliedFile> map(TrustInputRef ref) {
        return find(manifests.configMaps(), namespace, ref.name())
            .filter(InputConsent::given)
            .flatMap(found -> ConfigMapData.file(found, ref.key()));
      }

      @Override
      public Optional<SuppliedFile> secret(TrustInputRef ref) {
        return OfflineInputs.this
            .secret(namespace, ref.name())
            .flatMap(found -> SecretData.bytes(found, ref.key()))
            .map(SuppliedFile::of);
      }
    };
  }

  private Optional<Secret> offered(RootCA ca) {
    return find(manifests.secrets(), ca.getMetadata().getNamespace(), importSecret(ca))
        .filter(ImportSecret::isOffered);
  }

  /** Name of the Secret that a RootCA imports. */
  static String importSecret(RootCA ca) {
    ImportSource source = ca.getSpec().importFrom();
    if (source == null) {
      throw new IllegalStateException("the RootCA imports no CA");
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
