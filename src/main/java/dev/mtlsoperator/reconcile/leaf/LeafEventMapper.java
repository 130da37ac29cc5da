package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.revocation.RevocationRequests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.math.BigInteger;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which leaves a change of an object wakes, and which changes count. */
final class LeafEventMapper<L extends LeafCert<?>> {
  private final IndexerResourceCache<L> leaves;
  private @Nullable LeafCaches<L> caches;
  private @Nullable LeafViews views;

  LeafEventMapper(IndexerResourceCache<L> leaves) {
    this.leaves = leaves;
  }

  /**
   * Gives it the caches that the event sources fill. The sources are made with this mapper, so the
   * caches come after it; no event is mapped before.
   */
  void use(LeafCaches<L> filled, LeafViews remembered) {
    this.caches = filled;
    this.views = remembered;
  }

  /** The leaf whose Secret it is. */
  Set<ResourceID> ofOwnSecret(Secret secret) {
    return LeafIndexes.ofSecret(leaves, secret)
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  /** The leaves with a keystore password in it. */
  Set<ResourceID> ofInput(Secret secret) {
    return find(LeafIndexes.BY_PASSWORD, LeafIndexes.key(secret));
  }

  /**
   * The leaves that refer to the RootCA of a generation, and those that do not any more and may
   * still hold its certificates.
   */
  Set<ResourceID> ofGeneration(Secret secret) {
    Optional<String> ca =
        SecretData.label(secret, Keys.ROOT_CA_LABEL)
            .filter(name -> GenerationSecrets.isLabelled(secret))
            // not the record of its CRLs, which changes without a leaf having to do anything
            .filter(name -> GenerationSecret.isName(secret.getMetadata().getName()))
            .map(name -> LeafIndexes.key(secret, name));
    return ca.isEmpty()
        ? Set.of()
        : Stream.concat(
                find(LeafIndexes.BY_ROOT_CA, ca.get()).stream(),
                prepared(caches).withSource(ca.get()).flatMap(held -> ofOwnSecret(held).stream()))
            .collect(Collectors.toSet());
  }

  /**
   * The leaves that refer to a RootCA and see it otherwise than before, those whose certificate its
   * spec revokes, and those that may still hold a certificate that it distrusts.
   */
  Set<ResourceID> ofRootCA(RootCA ca) {
    CAName name = CAName.of(ca);
    Stream<ResourceID> former =
        ReferredCA.distrusts(ca).isEmpty()
            ? Stream.of()
            : prepared(caches)
                .withSource(name.toString())
                .flatMap(secret -> prepared(caches).formerOf(name, secret))
                .map(ResourceID::fromResource);
    return Stream.of(changed(LeafIndexes.BY_ROOT_CA, name.toString()), revoked(ca), former)
        .flatMap(woken -> woken)
        .collect(Collectors.toSet());
  }

  private Stream<ResourceID> revoked(RootCA ca) {
    Set<BigInteger> named = RevocationRequests.named(ca.getSpec().revocation()).keySet();
    return named.isEmpty()
        ? Stream.of()
        : leaves.byIndex(LeafIndexes.BY_ROOT_CA, CAName.of(ca).toString()).stream()
            .filter(leaf -> serialNumber(leaf).filter(named::contains).isPresent())
            .map(ResourceID::fromResource);
  }

  /** The leaves whose certificate in service is on the last CRL of a RootCA that signs for them. */
  Stream<ResourceID> listed(CAName ca, Revocations revocations) {
    return leaves.byIndex(LeafIndexes.BY_ROOT_CA, ca.toString()).stream()
        .filter(leaf -> leaf.signingCA().equals(ca))
        .filter(
            leaf ->
                generation(leaf)
                    .flatMap(
                        number ->
                            serialNumber(leaf)
                                .filter(serial -> revocations.isListed(ca, number, serial)))
                    .isPresent())
        .map(ResourceID::fromResource);
  }

  private static Optional<Integer> generation(LeafCert<?> leaf) {
    return Optional.ofNullable(leaf.getStatus()).map(LeafStatus::caGeneration);
  }

  private static Optional<BigInteger> serialNumber(LeafCert<?> leaf) {
    return Optional.ofNullable(leaf.getStatus())
        .map(LeafStatus::serialNumber)
        .flatMap(SerialNumber::read);
  }

  /** The leaves in a namespace that are admitted where they were not, or the reverse. */
  Set<ResourceID> ofNamespace(Namespace namespace) {
    return changed(LeafIndexes.BY_NAMESPACE, namespace.getMetadata().getName())
        .collect(Collectors.toSet());
  }

  private Stream<ResourceID> changed(String index, String key) {
    return leaves.byIndex(index, key).stream()
        .filter(prepared(views)::hasChanged)
        .map(ResourceID::fromResource);
  }

  private Set<ResourceID> find(String index, String key) {
    return leaves.byIndex(index, key).stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  private static <T> T prepared(@Nullable T used) {
    if (used == null) {
      throw new IllegalStateException("an event came before the event sources were prepared");
    }
    return used;
  }

  /** Whether an input holds something else. */
  static boolean isNewInput(Secret now, Secret before) {
    return !SecretData.digest(now).equals(SecretData.digest(before));
  }

  /**
   * Whether a generation signs, moves or is trusted otherwise; other notes are its RootCA's own.
   */
  static boolean isNewGeneration(Secret now, Secret before) {
    GenerationMilestones is = GenerationSecret.milestones(now);
    GenerationMilestones was = GenerationSecret.milestones(before);
    return GenerationSecrets.isLabelled(now) != GenerationSecrets.isLabelled(before)
        || !SecretData.digest(now).equals(SecretData.digest(before))
        || !SecretData.annotation(now, Keys.SEAL).equals(SecretData.annotation(before, Keys.SEAL))
        || is.signingSince().isPresent() != was.signingSince().isPresent()
        || is.reissue() != was.reissue()
        || is.retires() != was.retires()
        || !is.distrusts().equals(was.distrusts());
  }

  /** Whether a RootCA became ready or stopped, or changed what leaves depend on. */
  static boolean isNewRootCA(RootCA now, RootCA before) {
    return !ready(now).equals(ready(before))
        || !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !ReferredCA.additionalTrust(now).equals(ReferredCA.additionalTrust(before))
        || !ReferredCA.crl(now).equals(ReferredCA.crl(before))
        || !ReferredCA.distrusts(now).equals(ReferredCA.distrusts(before))
        || !Objects.equals(now.getSpec().allowedNamespaces(), before.getSpec().allowedNamespaces())
        || !Objects.equals(now.getSpec().policy(), before.getSpec().policy())
        || !Objects.equals(now.getSpec().revocation(), before.getSpec().revocation());
  }

  private static Optional<ConditionStatus> ready(RootCA ca) {
    return ca.getStatus() == null
        ? Optional.empty()
        : Conditions.find(ca.getStatus().conditions(), Conditions.READY).map(Condition::status);
  }
}
