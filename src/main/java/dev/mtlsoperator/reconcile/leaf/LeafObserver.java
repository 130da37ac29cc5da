package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.LiveGenerations;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRevocation;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.leaf.GivenPassword;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gathers everything about one leaf from the caches; writes nothing. */
final class LeafObserver {
  private final LeafCaches<?> caches;
  private final LeafSecretStore secrets;
  private final LeafViews views;
  private final AdditionalTrusts additionalTrusts;
  private final LiveGenerations liveGenerations;
  private final Revocations revocations;
  private final PublishedResponders responders;
  private final Seal seal;

  LeafObserver(
      LeafCaches<?> caches, LeafSecretStore secrets, LeafViews views, ReconcileContext shared) {
    this.caches = caches;
    this.secrets = secrets;
    this.views = views;
    this.additionalTrusts = shared.additionalTrusts();
    this.liveGenerations = shared.liveGenerations();
    this.revocations = shared.revocations();
    this.responders = shared.publishedResponders();
    this.seal = shared.seal();
  }

  /** Observes a leaf and its Secret. */
  LeafObservation observe(LeafCert<?> leaf, GenerationReader reader, Instant now) {
    return observe(leaf, secrets.find(leaf).orElse(null), reader, now);
  }

  /**
   * Observes a leaf.
   *
   * @param secret its Secret as the caller knows it; null: none
   * @param reader that of the run
   */
  LeafObservation observe(
      LeafCert<?> leaf, @Nullable Secret secret, GenerationReader reader, Instant now) {
    // before anything is looked at: what changes from now on wakes the leaf
    views.remember(leaf);
    SecretState state = judge(leaf, secret);
    List<ReferredCA> cas =
        leaf.referredCAs().stream().map(name -> referred(leaf, name, reader, now)).toList();
    LeafReferences references = new LeafReferences(leaf, cas, caches.admission(), now);
    Layout layout = Layout.of(leaf);
    Optional<PasswordSecretRef> reference =
        layout.keystores().isPresent() ? KeystorePasswords.reference(leaf) : Optional.empty();
    Optional<String> passwordDigest = reference.flatMap(ref -> passwordDigest(leaf, ref));
    LeafStatus status = leaf.getStatus();
    LeafFacts facts =
        new LeafFacts(
            leaf.getMetadata().getUid(),
            DesiredCertificate.of(leaf),
            references.signer(),
            state,
            references.issuancePolicy(responders.url()),
            references.trust(state, former -> caches.generations(former, reader, now)),
            layout.digest(seal, passwordDigest, leaf.namedAsTrusted()),
            reference.filter(ref -> passwordDigest.isEmpty()).map(GivenPassword::notAvailable),
            renew(leaf),
            LeafSecret.reportedRevision(status),
            lastTamperRepair(status),
            nextTry(leaf),
            LeafRevocation.of(leaf),
            references.crls(revocations));
    facts = judged(leaf, facts);
    LeafRevocationView revocation =
        LeafRevocationView.of(
            leaf, LeafRevocationView.inService(leaf, facts), revocations, caches::rootCA, now);
    return new LeafObservation(leaf, secret, facts, cas, revocation, now);
  }

  private LeafFacts judged(LeafCert<?> leaf, LeafFacts facts) {
    LeafFacts asked = facts.withRevocation(LeafRevocation.of(leaf));
    return isRevoked(leaf, asked) ? asked.withRevokedCertificate() : asked;
  }

  // gateways refuse it: a RootCA's spec names it, or a restore or a kept Secret brought it back
  private boolean isRevoked(LeafCert<?> leaf, LeafFacts facts) {
    CAName ca = leaf.signingCA();
    return facts
        .provenCertificate()
        .filter(
            own -> {
              BigInteger serial = own.certificate().getSerialNumber();
              return revocations.isListed(ca, own.generation(), serial)
                  || caches.rootCA(ca).filter(root -> ReferredCA.revokes(root, serial)).isPresent();
            })
        .isPresent();
  }

  private ReferredCA referred(LeafCert<?> leaf, CAName name, GenerationReader reader, Instant now) {
    Optional<RootCA> resource = caches.rootCA(name);
    ReportedStatus reported = resource.map(ReportedStatus::of).orElseGet(ReportedStatus::nothing);
    LeafCaches.Read read = caches.generations(name, reader, reported);
    return new ReferredCA(
        name,
        resource,
        resource.filter(ca -> caches.admission().admits(ca, leaf.getMetadata().getNamespace())),
        read.sealed(),
        read.generations().at(now),
        reported,
        resource.flatMap(this::additional));
  }

  // after a start it is known once the RootCA was reconciled
  private Optional<List<X509Certificate>> additional(RootCA ca) {
    return additionalTrusts
        .of(ca)
        .map(AdditionalTrusts.Known::certificates)
        .or(
            () ->
                ca.getSpec().additionalTrust().isEmpty() && ca.getSpec().importFrom() == null
                    ? Optional.of(List.of())
                    : Optional.empty());
  }

  private Optional<String> passwordDigest(LeafCert<?> leaf, PasswordSecretRef ref) {
    return KeystorePasswords.digest(
        caches.input(leaf.getMetadata().getNamespace(), ref.name()), ref);
  }

  /** The same leaf after its Secret was written, or deleted (null). */
  LeafObservation written(LeafObservation seen, @Nullable Secret secret) {
    LeafCert<?> leaf = seen.leaf();
    return seen.written(secret, judged(leaf, seen.facts().withState(judge(leaf, secret))));
  }

  /** Whether the RootCAs' generations are those of the API server: older ones are not acted on. */
  boolean areGenerationsCurrent(LeafObservation seen, GenerationReader reader) {
    return seen.cas().stream()
        .filter(ca -> !ca.generations().generations().isEmpty())
        .allMatch(
            ca ->
                liveGenerations.confirm(
                    ca.name().namespace(),
                    ca.name().name(),
                    ca.generations(),
                    reader,
                    ca.reported(),
                    ca.overlap()));
  }

  private SecretState judge(LeafCert<?> leaf, @Nullable Secret secret) {
    return LeafSecret.judge(leaf, secret, seal);
  }

  /** The value of the {@code renew} annotation, as the status has it. */
  static @Nullable String renew(LeafCert<?> leaf) {
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
