package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The keys under which leaves and their Secrets are found in the caches. */
final class LeafIndexes {
  /** Leaves by {@code namespace/name} of their Secret, if it has another name than the leaf. */
  private static final String BY_OTHER_SECRET = "other-secret";

  /** Leaves by each RootCA that they refer to. */
  static final String BY_ROOT_CA = "root-ca";

  /** Leaves by their namespace, if its labels decide whether a RootCA admits them. */
  static final String BY_NAMESPACE = "referring-namespace";

  /** Leaves by {@code namespace/name} of the Secret with their keystore password. */
  static final String BY_PASSWORD = "password";

  /** Leaves by each RootCA that is to revoke a certificate of theirs. */
  static final String BY_REVOKED = "revoked";

  /** Secrets of leaves by the issuer that their certificate names. */
  static final String BY_ISSUER = "issuer";

  /** Secrets of leaves by each RootCA that a note names as a source of their trust bundle. */
  static final String BY_SOURCE = "source";

  private LeafIndexes() {}

  static <L extends LeafCert<?>> void addTo(IndexerResourceCache<L> leaves, WatchGuard guard) {
    leaves.addIndexers(
        Map.of(
            BY_OTHER_SECRET,
            guard.index(LeafIndexes::otherSecretName),
            BY_ROOT_CA,
            guard.index(leaf -> leaf.referredCAs().stream().map(CAName::toString).toList()),
            BY_NAMESPACE,
            guard.index(LeafIndexes::referringNamespace),
            BY_PASSWORD,
            guard.index(LeafIndexes::passwordKeys),
            BY_REVOKED,
            guard.index(LeafIndexes::revokingCas),
            PrimaryFilters.SLIM,
            guard.index(PrimaryFilters::index)));
  }

  static void addTo(ObjectSource<Secret, ?> secrets) {
    secrets.addIndexer(
        BY_ISSUER,
        // no key: what is there is no certificate, or names no issuer
        secret -> LeafSecret.certificate(secret).flatMap(KeyIdentifiers::issuer).stream().toList());
    secrets.addIndexer(
        BY_SOURCE,
        secret -> LeafSecret.notedSources(secret).stream().map(CAName::toString).toList());
  }

  /**
   * The leaves whose Secret has the name of {@code secret}: the one that is named so, and others.
   */
  static <L extends LeafCert<?>> Stream<L> ofSecret(
      IndexerResourceCache<L> leaves, HasMetadata secret) {
    return Stream.concat(
        leaves
            .get(ResourceID.fromResource(secret))
            .filter(leaf -> leaf.effectiveSecretName().equals(secret.getMetadata().getName()))
            .stream(),
        leaves.byIndex(BY_OTHER_SECRET, key(secret)).stream());
  }

  static String key(HasMetadata inNamespace, String name) {
    return inNamespace.getMetadata().getNamespace() + "/" + name;
  }

  static String key(HasMetadata object) {
    return key(object, object.getMetadata().getName());
  }

  // most are named like their leaf: an entry for each would be as large as its spec
  private static List<String> otherSecretName(LeafCert<?> leaf) {
    String name = leaf.effectiveSecretName();
    return name.equals(leaf.getMetadata().getName()) ? List.of() : List.of(key(leaf, name));
  }

  // labels of a namespace matter only to leaves that refer to another one
  private static List<String> referringNamespace(LeafCert<?> leaf) {
    String own = leaf.getMetadata().getNamespace();
    return leaf.referredCAs().stream().allMatch(ca -> ca.namespace().equals(own))
        ? List.of()
        : List.of(own);
  }

  private static List<String> revokingCas(LeafCert<?> leaf) {
    return LeafRevocations.withDeletion(leaf).stream()
        .map(revoked -> revoked.ca().toString())
        .distinct()
        .toList();
  }

  private static List<String> passwordKeys(LeafCert<?> leaf) {
    PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
    return ref == null ? List.of() : List.of(key(leaf, ref.name()));
  }
}
