package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision.Begins;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Suspect;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rules while the state of a generation cannot be proven: nothing is created, advanced, trusted or
 * deleted, unless a person requests something that does not depend on that generation. Pure; time
 * is an argument.
 */
final class SuspectRules {
  /** How many generations a condition names. */
  private static final int MOST_NAMED = 4;

  private static final String STAYS =
      ". What is in service stays as it is; until this is settled nothing is issued, made, retired or deleted. ";

  private final CaFacts facts;
  private final List<Suspect> suspects;
  private final CaFacts proven;
  private final CreationLimits limits;
  private final Instant now;

  /**
   * @param suspects the generations that cannot be proven; at least one
   */
  SuspectRules(CaFacts facts, List<Suspect> suspects, Instant now) {
    this.facts = facts;
    this.suspects = suspects;
    this.proven = facts.proven();
    this.limits = CreationLimits.of(proven, now);
    this.now = now;
  }

  CaDecision decide() {
    return distrust()
        .or(this::replaceTheLost)
        .orElseGet(() -> new CaDecision.Refuse(finding(suspects)));
  }

  // distrust works even while generations are unproven. Another generation signs only if no other
  // is unproven; otherwise the distrust is recorded, and what it names leaves every bundle
  private Optional<CaDecision> distrust() {
    Optional<Fingerprint> asked =
        facts
            .requests()
            .distrust()
            .filter(f -> !facts.generations().distrusted().contains(f))
            .filter(facts.generations()::names);
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    Set<Fingerprint> distrusted = facts.generations().distrusting(asked.get());
    List<Suspect> others = suspects.stream().filter(s -> !s.contains(distrusted)).toList();
    Finding why =
        new Finding(
            Reason.Distrusted,
            named(asked.get())
                + " leaves every trust bundle at once, as the annotation mtls-operator.dev/distrust asks; until everybody has taken this up, handshakes may fail"
                + rootStays(distrusted));
    return (others.isEmpty()
            ? replacing(asked.get(), distrusted, why)
            : Optional.<CaDecision>empty())
        .or(
            () ->
                Optional.of(
                    new CaDecision.Distrust(
                        distrusted, why, others.isEmpty() ? why : finding(others))));
  }

  private Optional<CaDecision> replacing(
      Fingerprint asked, Set<Fingerprint> distrusted, Finding why) {
    // a former signer signs again only if none can be created
    Optional<CaDecision> another =
        isOfTheSigner()
            ? new SuccessorRules(proven, limits, now)
                .create(Begins.AT_ONCE, Reissue.Immediately, Optional.of(asked), why)
                // an invalid spec must not keep a distrusted generation trusted
                .filter(made -> !(made instanceof CaDecision.Refuse))
            : Optional.empty();
    return another.or(
        () -> new DistrustRules(proven, limits, now).replacing(asked, distrusted, why));
  }

  // a Secret that cannot be read does not tell which root it chains to
  private String rootStays(Set<Fingerprint> distrusted) {
    CaGenerations generations = facts.generations();
    Set<Fingerprint> banned =
        generations.remembering(generations.history().distrusting(distrusted)).banned();
    return generations.there().stream()
        .filter(g -> g.contains(distrusted))
        .map(g -> Fingerprint.of(g.anchor()))
        .filter(root -> !banned.contains(root))
        .findFirst()
        .map(
            root ->
                ". Its root stays trusted, for it is, or may be, that of another generation too: to be rid of both, distrust the root by its fingerprint "
                    + root)
        .orElse("");
  }

  private String named(Fingerprint asked) {
    Set<Fingerprint> one = Set.of(asked);
    String numbers =
        Stream.concat(
                facts.generations().generations().stream()
                    .filter(g -> g.contains(one))
                    .map(CaGeneration::number),
                facts.generations().unproven().stream()
                    .filter(s -> s.contains(one))
                    .map(Suspect::number))
            .sorted()
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    return "generation " + numbers;
  }

  // whether a suspect may be the signer, or newer than it
  private boolean isOfTheSigner() {
    int proven = facts.generations().proven().signer().map(CaGeneration::number).orElse(0);
    return suspects.stream().anyMatch(suspect -> suspect.number() > proven);
  }

  private Optional<CaDecision> replaceTheLost() {
    return facts.requests().isRotateNew() && areAllGone(suspects) && isOfTheSigner()
        ? new SuccessorRules(proven, limits, now)
            .create(
                Begins.AT_ONCE,
                Reissue.Immediately,
                Optional.empty(),
                new Finding(
                    Reason.RotationRequested,
                    "generation "
                        + numbers()
                        + " is lost; another one signs at once, as the annotation mtls-operator.dev/rotate asks"))
        : Optional.empty();
  }

  private static boolean areAllGone(List<Suspect> some) {
    return some.stream().allMatch(suspect -> suspect.kind() == Suspect.Kind.GONE);
  }

  private Finding finding(List<Suspect> left) {
    String found =
        left.stream()
            .limit(MOST_NAMED)
            .map(
                suspect ->
                    "Secret '"
                        + suspect.secretName()
                        + "' (generation "
                        + suspect.number()
                        + ", "
                        + suspect.fingerprint()
                        + "): "
                        + suspect.why())
            .collect(Collectors.joining("; "));
    return areAllGone(left)
        ? new Finding(Reason.CAKeyMissing, found + STAYS + restore(left))
        : new Finding(Reason.Tampered, found + STAYS + putBack(left));
  }

  private String restore(List<Suspect> left) {
    return "Restore it from a backup; if it is lost for good, annotate this RootCA with "
        + (isOfTheSigner()
            ? "mtls-operator.dev/rotate=<any new value>: a new generation then signs at once"
            : "mtls-operator.dev/distrust="
                + left.get(0).fingerprint()
                + ": it leaves every trust bundle at once, and what it signed is issued again");
  }

  private static String putBack(List<Suspect> left) {
    return vouchable(left)
            .map(
                suspect ->
                    "Put the Secret's annotations back as they were, or, when you are sure of it, vouch for it: annotate this RootCA with mtls-operator.dev/adopt="
                        + suspect.fingerprint()
                        + " (if that annotation is there already, remove it first)")
            .orElse("Delete what was put back")
        + ". Then find out who may write Secrets here";
  }

  // do not advise a person to vouch for a generation that somebody put back
  private static Optional<Suspect> vouchable(List<Suspect> left) {
    return left.stream().filter(s -> s.kind() == Suspect.Kind.TAMPERED).findFirst();
  }

  private String numbers() {
    return suspects.stream()
        .map(suspect -> Integer.toString(suspect.number()))
        .collect(Collectors.joining(", "));
  }
}
