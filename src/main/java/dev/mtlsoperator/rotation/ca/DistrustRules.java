package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision.Begins;
import dev.mtlsoperator.rotation.ca.CaDecision.Completeness;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Selects the signer when an orderly rotation is impossible: a person distrusts a generation, or no
 * generation signs any more. Handshakes may fail, and status reports this.
 */
final class DistrustRules {
  private static final String NO_SUCCESSOR =
      ". There is no other one, and none that could be made here: certificates stay as they are, and nothing is issued until another CA is imported, which signs at once";

  /** How long to wait for a CA that is not valid yet, rather than require trust in another one. */
  private static final Duration WAITED_FOR = Duration.ofHours(1);

  private final CaFacts facts;
  private final Instant now;
  private final SuccessorRules successors;

  DistrustRules(CaFacts facts, CreationLimits limits, Instant now) {
    this.facts = facts;
    this.now = now;
    this.successors = new SuccessorRules(facts, limits, now);
  }

  /** The decision that the {@code distrust} annotation requests. */
  Optional<CaDecision> distrust() {
    return facts
        .requests()
        .distrust()
        .filter(f -> !facts.generations().distrusted().contains(f))
        .flatMap(
            f ->
                facts.generations().trusted().stream()
                    .filter(g -> g.contains(Set.of(f)))
                    .findFirst()
                    .map(condemned -> distrust(f, condemned)));
  }

  private CaDecision distrust(Fingerprint fingerprint, CaGeneration condemned) {
    Set<Fingerprint> distrusted = facts.generations().distrusting(fingerprint);
    Finding why =
        new Finding(
            Reason.Distrusted,
            "generation "
                + condemned.number()
                + " leaves every trust bundle at once, as the annotation mtls-operator.dev/distrust asks; until everybody has taken this up, handshakes may fail"
                + rootStays(condemned, distrusted));
    return replacing(fingerprint, distrusted, why)
        .or(() -> signsAgain(fingerprint, distrusted, why))
        .orElseGet(
            () ->
                new CaDecision.Condemn(
                    condemned.number(),
                    fingerprint,
                    new Finding(why.reason(), why.message() + noSuccessor())));
  }

  /**
   * Makes another generation the signer, which records what it distrusts; empty if there is none.
   */
  Optional<CaDecision> replacing(
      Fingerprint fingerprint, Set<Fingerprint> distrusted, Finding why) {
    return heir(distrusted)
        .<CaDecision>map(
            heir ->
                new CaDecision.StartSigning(
                    heir.number(), Optional.of(fingerprint), Completeness.INCOMPLETE, why))
        .or(
            () ->
                successors
                    .create(Begins.AT_ONCE, Reissue.Immediately, Optional.of(fingerprint), why)
                    // an invalid spec must not keep a distrusted generation
                    // trusted
                    .filter(made -> !(made instanceof CaDecision.Refuse)));
  }

  private String noSuccessor() {
    return facts.desired() instanceof DesiredCertificate.Invalid invalid
        ? ". Another one cannot be made before the spec is corrected ("
            + invalid.finding().message()
            + "): until then certificates stay as they are, and nothing is issued"
        : NO_SUCCESSOR;
  }

  // the signer stays; if it is itself distrusted, its successor signs. A former signer is never
  // chosen, because what was recorded about its end no longer holds
  private Optional<CaGeneration> heir(Set<Fingerprint> distrusted) {
    return Stream.of(facts.signer(), facts.generations().successor())
        .flatMap(Optional::stream)
        .filter(g -> !g.contains(distrusted) && !g.isExpired(now))
        .findFirst();
  }

  // if none can be created, a former signer is better than none; it records what is distrusted
  private Optional<CaDecision> signsAgain(
      Fingerprint fingerprint, Set<Fingerprint> distrusted, Finding why) {
    return facts.generations().former().stream()
        .filter(g -> !facts.generations().isAstray(g))
        .filter(g -> !g.contains(distrusted) && !g.isExpired(now))
        .reduce((before, after) -> after)
        .map(
            g ->
                new CaDecision.StartSigning(
                    g.number(),
                    Optional.of(fingerprint),
                    Completeness.INCOMPLETE,
                    new Finding(
                        why.reason(),
                        why.message()
                            + ". Generation "
                            + g.number()
                            + " signs again: none can be made here")));
  }

  private String rootStays(CaGeneration condemned, Set<Fingerprint> distrusted) {
    return facts.generations().trusted().stream()
        .filter(g -> !g.contains(distrusted) && g.anchor().equals(condemned.anchor()))
        .findFirst()
        .map(
            other ->
                ". Its root stays trusted, for it is that of generation "
                    + other.number()
                    + " too: what its key signs is accepted until the root's owner revokes it; to be rid of both, distrust the root by its fingerprint "
                    + Fingerprint.of(other.anchor()))
        .orElse("");
  }

  private Optional<CaGeneration> firstToBegin() {
    return facts.generations().trusted().stream()
        .filter(g -> !g.isBegun(now))
        .min(Comparator.comparing(CaGeneration::start));
  }

  /** A finding if the only generations were created by a clock that was ahead; otherwise empty. */
  Optional<Finding> notBegun() {
    return facts.signer().isPresent()
        ? Optional.empty()
        : firstToBegin()
            .map(
                g ->
                    new Finding(
                        Reason.NotYetValid,
                        "generation "
                            + g.number()
                            + " is not valid before "
                            + g.start()
                            + ": it was made by a clock that was ahead, or the operator's is behind; it is waited for where that is within "
                            + WAITED_FOR.toMinutes()
                            + " minutes, else a new one signs at once when the clock has gone evenly for a while"));
  }

  /** The decision when generations exist but none of them signs. */
  Optional<CaDecision> orphaned() {
    List<CaGeneration> usable =
        facts.generations().trusted().stream()
            .filter(g -> !facts.generations().isAstray(g) && !g.isExpired(now))
            .toList();
    if (!usable.isEmpty()) {
      int number = usable.get(usable.size() - 1).number();
      return Optional.of(
          new CaDecision.StartSigning(
              number,
              Optional.empty(),
              Completeness.INCOMPLETE,
              new Finding(
                  Reason.TrustIncomplete,
                  "generation " + number + " signs at once: there is no other one")));
    }
    if (notBegun().isPresent()) {
      return Duration.between(now, firstToBegin().orElseThrow().start()).compareTo(WAITED_FOR) <= 0
          ? notBegun().map(CaDecision.Refuse::new)
          : successors.create(
              Begins.AT_ONCE, Reissue.Immediately, Optional.empty(), notBegun().get());
    }
    return facts.generations().isEmpty()
        ? Optional.empty()
        : successors.create(
            Begins.AT_ONCE,
            Reissue.Immediately,
            Optional.empty(),
            new Finding(Reason.CAExpired, "all generations have expired or are distrusted"));
  }
}
