package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.SecretState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides whether a CA waits for a leaf that lags behind. It does not if the leaf's owner prevents
 * an update, in whatever way, and an update was tried: the owner of one leaf blocks nobody else.
 * Each exemption is reported in words.
 */
final class LeafExemptions {
  /** Why a keystore cannot be encoded: a password is missing or invalid. */
  private static final Set<Reason> PASSWORD = Set.of(Reason.InputNotAvailable, Reason.InvalidInput);

  /**
   * How long, where certificates are exchanged at once, the CA waits for a leaf that can receive
   * new trust but no new certificate. A mistake that lasts a day breaks no leaf, and a request for
   * what cannot be issued does not keep a former generation forever.
   */
  static final Duration GRACE = Duration.ofDays(30);

  private final CAName ca;
  private final CaGenerations generations;
  private final LeafAttempts attempts;
  private final Instant now;
  private final OptionalInt signer;
  private final Reissue reissue;
  private final Set<Integer> all;
  private final Set<Integer> trusted;
  private final Set<Fingerprint> bundle;

  LeafExemptions(CAName ca, CaGenerations generations, LeafAttempts attempts, Instant now) {
    this.ca = ca;
    this.generations = generations;
    this.attempts = attempts;
    this.now = now;
    signer = generations.signer().stream().mapToInt(CaGeneration::number).findFirst();
    reissue = generations.signer().map(g -> g.milestones().reissue()).orElse(Reissue.OnRenewal);
    all =
        generations.generations().stream()
            .map(CaGeneration::number)
            .collect(Collectors.toUnmodifiableSet());
    trusted = generations.anchors().keySet();
    bundle =
        generations.bundle().stream().map(Fingerprint::of).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The judgement about a leaf's copy.
   *
   * @param waitedFor the part of it that the CA waits for
   * @param excused why the CA does not wait for the rest
   */
  record Judged(Optional<Copy> waitedFor, Optional<String> excused) {
    static Judged waitingFor(Copy copy) {
      return new Judged(Optional.of(copy), Optional.empty());
    }
  }

  Judged judge(LeafCert<?> leaf, SecretState.Managed ours, Copy copy) {
    boolean lacks = !copy.trusts().containsAll(trusted);
    boolean former = hasCertificateOfFormer(copy);
    if (!lacks && !former && !copy.surplus()) {
      return Judged.waitingFor(copy);
    }
    Optional<String> unwritable = unwritable(leaf);
    if (unwritable.isPresent()) {
      return new Judged(
          remaining(ours, isMovingAtOnce() ? withoutCertificate(copy) : copy), unwritable);
    }
    Optional<Finding> stopped = attempts.stopped(leaf);
    boolean truststore = lacks && holdsInPem(ours);
    if (truststore && stopped.filter(why -> !isWaitedFor(leaf, why)).isPresent()) {
      return new Judged(
          remaining(ours, isGraceOver() ? withoutCertificate(copy) : copy),
          stopped.map(why -> "has a stale truststore.p12: " + why.message()));
    }
    Copy told = truststore ? named(copy, copy.name() + inTruststore(stopped)) : copy;
    return former && isGraceOver() && stopped.isPresent()
        ? new Judged(
            Optional.of(withoutCertificate(told)),
            stopped.map(why -> "cannot get a new certificate: " + why.message()))
        : Judged.waitingFor(told);
  }

  /** Why its Secret cannot be updated, whatever is to be written; empty: it can be. */
  Optional<String> unwritable(LeafCert<?> leaf) {
    if (leaf.getMetadata().getDeletionTimestamp() != null) {
      return Optional.of("is being deleted, and is not served any more");
    }
    return attempts
        .refusal(leaf, leaf.trustedCAs().contains(ca) ? bundle : Set.of())
        .map(why -> "has a Secret that cannot be written: " + why)
        .or(
            () ->
                attempts.isDisturbed(leaf, now)
                    ? Optional.of("has a Secret that somebody else changes again and again")
                    : Optional.empty());
  }

  // in the CA's own namespace, the rotation waits for a missing password as long as it can
  private boolean isWaitedFor(LeafCert<?> leaf, Finding why) {
    return PASSWORD.contains(why.reason())
        && leaf.getMetadata().getNamespace().equals(ca.namespace());
  }

  private boolean hasCertificateOfFormer(Copy copy) {
    return copy.signedBy().isPresent() && signer.isPresent() && !copy.signedBy().equals(signer);
  }

  private boolean holdsInPem(SecretState.Managed ours) {
    return ours.truststore().isPresent() && ours.holds(generations.bundle());
  }

  private static String inTruststore(Optional<Finding> stopped) {
    return " (its truststore.p12" + stopped.map(why -> ": " + why.message()).orElse("") + ")";
  }

  // if certificates are exchanged at their own renewals, a leaf that cannot be renewed is waited
  // for until its certificate expires
  private boolean isMovingAtOnce() {
    return reissue == Reissue.Immediately;
  }

  private boolean isGraceOver() {
    return isMovingAtOnce()
        && generations
            .signer()
            .flatMap(g -> g.milestones().signingSince())
            .filter(since -> since.plus(GRACE).isBefore(now))
            .isPresent();
  }

  // a distrusted generation is reported as long as some leaf is seen to hold it, and a certificate
  // that is not exchanged stays in use
  private Optional<Copy> remaining(SecretState.Managed ours, Copy copy) {
    boolean distrusting = holdsDistrusted(ours);
    return distrusting || copy.signedBy().isPresent()
        ? Optional.of(
            new Copy(
                copy.name(), all, Optional.empty(), distrusting, copy.signedBy(), copy.notAfter()))
        : Optional.empty();
  }

  private boolean holdsDistrusted(SecretState.Managed ours) {
    return generations.generations().stream()
        .filter(g -> g.contains(generations.distrusted()) && ours.holdsAnyhow(g.anchor()))
        .filter(g -> !generations.bundle().contains(g.anchor()))
        .findAny()
        .isPresent();
  }

  private static Copy named(Copy copy, String name) {
    return new Copy(
        name, copy.trusts(), copy.trustSince(), copy.surplus(), copy.signedBy(), copy.notAfter());
  }

  private static Copy withoutCertificate(Copy copy) {
    return new Copy(
        copy.name(),
        copy.trusts(),
        copy.trustSince(),
        copy.surplus(),
        OptionalInt.empty(),
        Optional.empty());
  }
}
