package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.reconcile.revocation.RevocationObserver;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.ConfigMapData;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustNamesakes;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code additionalTrust} of RootCAs. The certificates of an entry stay trusted while the
 * entry cannot be read: a missing input does not prove that it is not needed.
 */
final class AdditionalTrustInputs {
  /** Inputs beyond this number, or longer ones, are read again each time. */
  private static final int MOST_REMEMBERED = 50;

  /** The bundle of all public CAs has 215 KiB. */
  private static final int LONGEST_REMEMBERED = 256 * 1024;

  private final Map<String, SuppliedFile> files = RecentlyUsed.atMost(MOST_REMEMBERED);
  private final CaCaches caches;
  private final ReconcileContext shared;

  AdditionalTrustInputs(CaCaches caches, ReconcileContext shared) {
    this.caches = caches;
    this.shared = shared;
  }

  /**
   * Returns the certificates to trust in addition to the CA's own generations, and remembers them
   * for its leaves.
   *
   * @param desired an import brings certificates as well
   * @param published the CA's trust ConfigMap
   * @param revocation what concerns its CRLs
   * @param crls that the inputs bring
   */
  AdditionalTrusts.Known read(
      RootCA ca,
      DesiredCertificate desired,
      CaGenerations generations,
      Optional<ConfigMap> published,
      RevocationObserver.Seen revocation,
      AdditionalRevocations crls) {
    Optional<AdditionalTrusts.Known> before = shared.additionalTrusts().of(ca);
    if (ca.getSpec().additionalTrust().isEmpty()
        && ca.getSpec().importFrom() == null
        && before.isEmpty()) {
      return AdditionalTrusts.Known.none();
    }
    AdditionalEntries former =
        before
            .map(AdditionalTrusts.Known::entries)
            .or(() -> published.map(map -> TrustConfigMap.entries(ca, map, shared.seal())))
            .orElseGet(AdditionalEntries::none);
    AdditionalCertificates.Inputs inputs = inputs(ca.getMetadata().getNamespace());
    AdditionalCertificates.Gathered gathered =
        AdditionalCertificates.gather(
            ca.getSpec().additionalTrust(), desired, inputs, former, shared.now());
    List<String> withoutCrl = new ArrayList<>();
    AdditionalEntries admitted = gathered.entries().beside(generations);
    if (revocation.isPublished()) {
      admitted =
          crls.admit(admitted, former.everything(), revocation.held(), shared.now(), withoutCrl);
    }
    TrustNamesakes namesakes = TrustNamesakes.of(admitted, generations, former.everything());
    AdditionalTrusts.Known found =
        new AdditionalTrusts.Known(
            namesakes.entries(),
            gathered.missing().map(AdditionalTrustInputs::meanwhile),
            gathered.leftOut(),
            namesakes,
            crls,
            withoutCrl);
    shared.additionalTrusts().remember(ca, found);
    return found;
  }

  private static Finding meanwhile(Finding missing) {
    return new Finding(
        missing.reason(), missing.message() + "; " + AdditionalCertificates.Gathered.MEANWHILE);
  }

  /** The CRLs that the inputs of a RootCA bring; none if it publishes none itself. */
  AdditionalRevocations crls(RootCA ca) {
    return ca.getSpec().revocation() != null
        ? AdditionalRevocations.read(
            ca.getSpec().additionalTrust(),
            importedFrom(ca),
            inputs(ca.getMetadata().getNamespace()))
        : AdditionalRevocations.none();
  }

  private static Optional<String> importedFrom(RootCA ca) {
    return Optional.ofNullable(ca.getSpec().importFrom()).map(ImportSource::secretName);
  }

  private AdditionalCertificates.Inputs inputs(String namespace) {
    KubernetesClient client = shared.client();
    return new AdditionalCertificates.Inputs() {
      @Override
      public Optional<SuppliedFile> map(TrustInputRef ref) {
        return file(
            ref,
            caches.inputMap(namespace, ref.name()),
            InputConsent::given,
            map -> version(map, TrustCopy.content(map)),
            () -> client.configMaps().inNamespace(namespace).withName(ref.name()).get(),
            map -> ConfigMapData.file(map, ref.key()));
      }

      @Override
      public Optional<SuppliedFile> secret(TrustInputRef ref) {
        return file(
            ref,
            caches.input(namespace, ref.name()),
            InputConsent::given,
            secret -> version(secret, SecretData.digest(secret)),
            () -> client.secrets().inNamespace(namespace).withName(ref.name()).get(),
            secret -> SecretData.bytes(secret, ref.key()).map(SuppliedFile::of));
      }
    };
  }

  // the cache holds only a digest of an input: its content is read when the digest changes
  private <T extends HasMetadata> Optional<SuppliedFile> file(
      TrustInputRef ref,
      Optional<T> cached,
      Predicate<T> given,
      Function<T, String> version,
      Supplier<@Nullable T> live,
      Function<T, Optional<SuppliedFile>> read) {
    Optional<SuppliedFile> known =
        cached.filter(given).map(seen -> files.get(version.apply(seen) + "/" + ref.key()));
    if (known.isPresent() || cached.filter(given).isEmpty()) {
      return known;
    }
    Optional<T> whole = Optional.ofNullable(live.get()).filter(given);
    Optional<SuppliedFile> file = whole.flatMap(read);
    file.filter(f -> f.length() <= LONGEST_REMEMBERED)
        .ifPresent(f -> files.put(version.apply(whole.orElseThrow()) + "/" + ref.key(), f));
    return file;
  }

  // the uid is part of the key, so that one tenant's input never stands for another's
  private static String version(HasMetadata input, String digest) {
    return input.getMetadata().getUid() + "/" + digest;
  }
}
