package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.LastIssuance;
import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.LeafStatus;
import dev.mtlsoperator.api.PasswordSecretRef;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.rotation.Draft;
import dev.mtlsoperator.rotation.Holding;
import dev.mtlsoperator.rotation.LeafFacts;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.Signer;
import dev.mtlsoperator.secret.Layout;
import dev.mtlsoperator.secret.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gathers all facts about one leaf from the caches; writes nothing. */
final class LeafObserver<L extends LeafCert<?>> {
  private static final Duration SAME_APPLY = Duration.ofSeconds(10);

  private final LeafWatches<L> watches;
  private final Surroundings surroundings;

  LeafObserver(LeafWatches<L> watches, Surroundings surroundings) {
    this.watches = watches;
    this.surroundings = surroundings;
  }

  /** All facts, with the Secret (null: none) as the caller knows it. */
  LeafFacts observe(L leaf, @Nullable Secret secret, Instant now) {
    Signer signer = signer(leaf, now);
    LeafStatus status = leaf.getStatus();
    Layout layout = Layout.of(leaf);
    Optional<PasswordSecretRef> reference =
        layout.keystores().isPresent() ? KeystorePasswords.reference(leaf) : Optional.empty();
    Optional<String> passwordDigest =
        reference.flatMap(
            ref ->
                KeystorePasswords.digest(
                    watches.input(leaf.getMetadata().getNamespace(), ref.name()), ref));
    return new LeafFacts(
        leaf.getMetadata().getUid(),
        Draft.of(leaf),
        signer,
        judge(leaf, secret),
        signer instanceof Signer.Available available
            ? Optional.of(available.bundle().stream().map(Pem::write).toList())
            : Optional.empty(),
        layout.digest(surroundings.seal(), passwordDigest),
        reference.filter(ref -> passwordDigest.isEmpty()).map(KeystorePasswords::notAvailable),
        renew(leaf),
        status == null || status.revision() == null ? 0 : status.revision(),
        lastTamperRepair(status),
        nextTry(leaf));
  }

  /** Whether the CA's generations are those of the API server: what is older is not acted upon. */
  boolean isLineageCurrent(L leaf) {
    String namespace = leaf.getMetadata().getNamespace();
    String name = leaf.getSpec().rootCARef().name();
    return surroundings
        .lineages()
        .confirm(
            namespace,
            name,
            watches.lineage(namespace, name),
            watches
                .rootCA(namespace, name)
                .map(ca -> ca.getSpec().rotation().overlap())
                .flatMap(LeafObserver::duration)
                .orElse(Duration.ZERO));
  }

  private static Optional<Duration> duration(String text) {
    try {
      return Optional.of(Durations.parse(text));
    } catch (IllegalArgumentException e) {
      // the RootCA's own reconciliation tells
      return Optional.empty();
    }
  }

  /** What a Secret (null: none) is to a leaf. */
  Holding judge(L leaf, @Nullable Secret secret) {
    return LeafSecret.judge(leaf, secret, surroundings.seal());
  }

  /** The value of the {@code renew} annotation. */
  static @Nullable String renew(LeafCert<?> leaf) {
    return leaf.getMetadata().getAnnotations() == null
        ? null
        : leaf.getMetadata().getAnnotations().get(Api.RENEW_ANNOTATION);
  }

  private Signer signer(L leaf, Instant now) {
    String namespace = leaf.getMetadata().getNamespace();
    String name = leaf.getSpec().rootCARef().name();
    Optional<RootCA> ca = watches.rootCA(namespace, name);
    if (ca.isEmpty() && isNew(leaf, now)) {
      return new Signer.Pending();
    }
    if (ca.isEmpty()) {
      return Generations.missing(
          "there is no RootCA '"
              + name
              + "' in this namespace: create it, or correct spec.rootCARef.name");
    }
    Signer signer = Generations.signer(watches.lineage(namespace, name), name, now);
    return signer instanceof Signer.Missing && !isStopped(ca.get()) ? new Signer.Pending() : signer;
  }

  // of one apply the leaf may come before its RootCA: that is no error yet
  private static boolean isNew(LeafCert<?> leaf, Instant now) {
    return leaf.getStatus() == null
        && Timestamps.parse(leaf.getMetadata().getCreationTimestamp())
            .filter(created -> Duration.between(created, now).abs().compareTo(SAME_APPLY) < 0)
            .isPresent();
  }

  // not reported on yet, or ready while a cache of ours does not know the generation yet
  private static boolean isStopped(RootCA ca) {
    return ca.getStatus() != null
        && Conditions.find(ca.getStatus().conditions(), Conditions.READY)
            .filter(ready -> ready.status() == ConditionStatus.TRUE)
            .isEmpty();
  }

  private static Optional<Instant> lastTamperRepair(@Nullable LeafStatus status) {
    LastIssuance last = status == null ? null : status.lastIssuance();
    return last != null && last.reason().equals(Reason.SecretTampered.name())
        ? Timestamps.parse(last.time())
        : Optional.empty();
  }

  // after an edit there is no reason to wait
  private static Optional<Instant> nextTry(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    return status == null
            || status.failures() == null
            || !Objects.equals(status.observedGeneration(), leaf.getMetadata().getGeneration())
        ? Optional.empty()
        : Timestamps.parse(status.failures().nextTry());
  }
}
