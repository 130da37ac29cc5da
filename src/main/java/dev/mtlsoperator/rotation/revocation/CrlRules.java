package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides which generations of a RootCA sign a CRL now. Pure; time is an argument. */
public final class CrlRules {
  /** Revocations that come within this time are on one CRL: each is a write of every copy. */
  static final Duration PACE = Duration.ofSeconds(2);

  /**
   * For so long a revocation waits at most until the CRL of before is in the trust bundles. Steady
   * revocations would otherwise keep each CRL from them.
   */
  static final Duration DELIVERY = Duration.ofMinutes(1);

  /** No event tells that what kept the record from being written is gone. */
  static final Duration RECORD_AGAIN = Duration.ofMinutes(1);

  private final RevocationFacts facts;
  private final Instant now;
  private final Timing timing;

  /** Whether a revocation waits for others that come soon after. */
  public enum Timing {
    /** It may wait for {@link #PACE}: the rules are asked again. */
    PACED,
    /** The CRL of before is not in the trust bundles yet, and may be delivered first. */
    DELIVERING,
    /** It does not: nobody knows when the rules are asked again. */
    AT_ONCE
  }

  public CrlRules(RevocationFacts facts, Instant now) {
    this(facts, now, Timing.PACED);
  }

  public CrlRules(RevocationFacts facts, Instant now, Timing timing) {
    this.facts = facts;
    this.now = now;
    this.timing = timing;
  }

  /**
   * CRLs to sign.
   *
   * @param generations that sign one; empty: those that are signed have to be recorded
   */
  public record Due(SortedSet<Integer> generations, Finding why) {}

  /** The CRLs that are due; empty: none is. */
  public Optional<Due> due() {
    if (facts.plan().isEmpty()) {
      return Optional.empty();
    }
    SortedSet<Integer> numbers = new TreeSet<>();
    Optional<Finding> first = Optional.empty();
    for (CaGeneration generation : signers()) {
      Optional<Finding> why = why(generation, facts.plan().get());
      if (why.isPresent()) {
        numbers.add(generation.number());
        first = first.or(() -> why);
      }
    }
    return first
        .map(why -> new Due(numbers, why))
        .or(
            () ->
                facts.record() == RevocationFacts.RecordState.OUTDATED
                    ? Optional.of(
                        new Due(
                            new TreeSet<>(),
                            found(
                                Reason.RevocationChanged, "the Secret with the CRLs is outdated")))
                    : Optional.empty());
  }

  /** When a CRL is due if nothing is revoked before, or the record is tried again; empty: never. */
  public Optional<Instant> next() {
    Stream<Instant> record =
        facts.record() == RevocationFacts.RecordState.REFUSED
            ? Stream.of(now.plus(RECORD_AGAIN))
            : Stream.empty();
    return Stream.concat(record, facts.plan().stream().flatMap(this::next)).min(Instant::compareTo);
  }

  private Stream<Instant> next(CrlPlan plan) {
    return signers().stream()
        .flatMap(g -> facts.known().of(g.number()).map(crl -> next(g, crl, plan)).stream());
  }

  private Instant next(CaGeneration generation, Crl crl, CrlPlan plan) {
    if (isMissing(generation, crl)) {
      return CrlPlan.signedAt(crl).plus(pace());
    }
    return facts.leaving().contains(generation)
        ? crl.nextUpdate()
        : plan.refreshAt(crl, facts.uid());
  }

  private List<CaGeneration> signers() {
    return Stream.concat(facts.inBundle().stream(), facts.leaving().stream())
        .filter(g -> !facts.unable().contains(g.number()))
        .toList();
  }

  private Optional<Finding> why(CaGeneration generation, CrlPlan plan) {
    Optional<Crl> crl = facts.known().of(generation.number());
    if (crl.isEmpty()) {
      return Optional.of(
          found(Reason.RevocationChanged, "generation " + generation.number() + " has no CRL yet"));
    }
    Instant signed = CrlPlan.signedAt(crl.get());
    if (signed.isAfter(now.plus(SafetyChecks.MOST_SKEW))) {
      return Optional.of(
          found(
              Reason.NotYetValid,
              "the CRL of generation "
                  + generation.number()
                  + " is not valid yet: a clock that was ahead made it"));
    }
    // the key of one that leaves may be deleted soon
    if (isMissing(generation, crl.get())
        && (facts.leaving().contains(generation) || !waitsForOthers(signed))) {
      return Optional.of(
          found(Reason.RevocationChanged, "certificates are revoked that its CRL does not list"));
    }
    return facts.leaving().contains(generation)
        ? last(generation, crl.get())
        : refresh(generation, crl.get(), plan);
  }

  private boolean waitsForOthers(Instant signed) {
    // where the clock was set back, it would wait until that time comes again
    return timing != Timing.AT_ONCE && !now.isBefore(signed) && now.isBefore(signed.plus(pace()));
  }

  private Duration pace() {
    return switch (timing) {
      case PACED -> PACE;
      case DELIVERING -> DELIVERY;
      case AT_ONCE -> Duration.ZERO;
    };
  }

  private Optional<Finding> refresh(CaGeneration generation, Crl crl, CrlPlan plan) {
    Instant due = plan.refreshAt(crl, facts.uid());
    return now.isBefore(due)
        ? Optional.empty()
        : Optional.of(
            found(
                Reason.RevocationDue,
                "the next CRL of generation " + generation.number() + " was due on " + due));
  }

  // verifiers outside may need it until the last certificate ends, and then there is no key
  private Optional<Finding> last(CaGeneration generation, Crl crl) {
    return crl.nextUpdate().isBefore(NextCrl.lastNeeded(generation))
        ? Optional.of(
            found(
                Reason.RevocationDue,
                "the last CRL of generation "
                    + generation.number()
                    + " has to outlive its certificates"))
        : Optional.empty();
  }

  private boolean isMissing(CaGeneration generation, Crl crl) {
    int number = generation.number();
    Map<BigInteger, Instant> ends = facts.known().endsOf(number);
    return Stream.concat(
            facts.requests().of(number).values().stream()
                // a RootCA's spec names one without its end
                .filter(asked -> !isOver(asked.notAfter().orElse(ends.get(asked.serialNumber()))))
                .map(RevocationRequest::serialNumber),
            facts.known().unlistedOf(number).keySet().stream()
                .filter(serial -> !isOver(ends.get(serial))))
        .anyMatch(serial -> !crl.entries().containsKey(serial));
  }

  private boolean isOver(@Nullable Instant end) {
    return end != null && !now.isBefore(end);
  }

  /** The number of a CRL that is signed now: higher than any known one. */
  public BigInteger nextNumber() {
    return facts
        .known()
        .highestNumber()
        .max(facts.reportedNumber())
        .add(BigInteger.ONE)
        .max(BigInteger.valueOf(now.toEpochMilli()));
  }

  private static Finding found(Reason reason, String message) {
    return new Finding(reason, message);
  }
}
