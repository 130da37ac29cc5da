package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.Timestamps;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gathers all facts about one leaf from the caches; writes nothing. */
public final class LeafObserver<L extends LeafCert<?>> {
  private final LeafWatches<L> watches;
  private final LeafReferences<L> references;
  private final ReconcileContext shared;

  LeafObserver(LeafWatches<L> watches, ReconcileContext shared) {
    this.watches = watches;
    this.references = new LeafReferences<>(watches, shared.additionalTrusts());
    this.shared = shared;
  }

  /** All facts, with the Secret (null: none) as the caller knows it. */
  LeafFacts observe(L leaf, @Nullable Secret secret, Instant now) {
    // before anything is looked at: what changes from now on wakes
    watches.remember(leaf);
    SecretState state = judge(leaf, secret);
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
        DesiredCertificate.of(leaf),
        references.signer(leaf, now),
        state,
        references.issuancePolicy(leaf),
        references.trust(leaf, state, now),
        layout.digest(shared.seal(), passwordDigest, leaf.namedAsTrusted()),
        reference.filter(ref -> passwordDigest.isEmpty()).map(KeystorePasswords::notAvailable),
        renew(leaf),
        LeafSecret.reportedRevision(status),
        lastTamperRepair(status),
        nextTry(leaf));
  }

  /**
   * Whether the generations of the CAs are those of the API server: what is older is not acted
   * upon.
   */
  boolean areGenerationsCurrent(L leaf) {
    return references.known(leaf).stream().allMatch(this::isCurrent);
  }

  private boolean isCurrent(CAName ca) {
    return shared
        .liveGenerations()
        .confirm(
            ca.namespace(),
            ca.name(),
            watches.generations(ca.namespace(), ca.name()),
            watches.reported(ca.namespace(), ca.name()),
            watches
                .rootCA(ca.namespace(), ca.name())
                .map(found -> found.getSpec().rotation().overlap())
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
  SecretState judge(L leaf, @Nullable Secret secret) {
    return LeafSecret.judge(leaf, secret, shared.seal());
  }

  /** The value of the {@code renew} annotation, as status has it. */
  public static @Nullable String renew(LeafCert<?> leaf) {
    Map<String, String> annotations = leaf.getMetadata().getAnnotations();
    String value = annotations == null ? null : annotations.get(Api.RENEW_ANNOTATION);
    return value == null ? null : CachedMetadata.request(value);
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
