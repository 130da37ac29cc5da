package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision.Begins;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Decides whether a further generation of a CA is created: because it is due, requested, or because
 * the present one does not match the spec. Pure; time is an argument.
 */
final class SuccessorRules {
  /**
   * The fraction of a generation's lifetime that must pass before one that nobody requested
   * follows.
   */
  private static final int SHORTEST_PART_OF_LIFE = 10;

  /** The reasons for creating a generation that nobody requested. */
  private static final Set<Reason> BY_ITSELF = Set.of(Reason.RenewalDue, Reason.CAExpired);

  private final CaFacts facts;
  private final CreationLimits limits;
  private final Instant now;

  SuccessorRules(CaFacts facts, CreationLimits limits, Instant now) {
    this.facts = facts;
    this.limits = limits;
    this.now = now;
  }

  /** A generation to create, to withdraw, or to count as the requested one. */
  Optional<CaDecision> next() {
    if (latest().isExpired(now)) {
      return Optional.of(signer())
          .filter(signer -> successor().isPresent() && !signer.isExpired(now))
          .map(signer -> withdraw(latest(), Reason.CAExpired, neverSigned()))
          .or(this::createAtOnce);
    }
    return facts
        .generations()
        .superseded()
        .map(superseded -> withdraw(superseded, Reason.NotYetValid, isFollowed()))
        .or(() -> canCreate() ? first(asRequested()) : Optional.empty());
  }

  // in the order of precedence
  private List<Supplier<Optional<CaDecision>>> asRequested() {
    return List.of(
        this::withdrawUnlikeSpec,
        this::honourRequest,
        this::createOnRequest,
        this::createLikeSpec,
        this::createWhenDue);
  }

  private static Optional<CaDecision> first(List<Supplier<Optional<CaDecision>>> rules) {
    return rules.stream().map(Supplier::get).flatMap(Optional::stream).findFirst();
  }

  private CaGeneration signer() {
    return facts.signer().orElseThrow();
  }

  private Optional<CaGeneration> successor() {
    return facts.generations().successor();
  }

  private CaGeneration latest() {
    return successor().orElseGet(this::signer);
  }

  private static CaDecision withdraw(CaGeneration generation, Reason reason, String why) {
    return new CaDecision.Withdraw(
        generation.number(), new Finding(reason, "generation " + generation.number() + why));
  }

  private String neverSigned() {
    return " expired on " + latest().end() + " before it was let to sign";
  }

  private String isFollowed() {
    return " never signed: it was made by a clock that was ahead, and generation "
        + latest().number()
        + " follows instead";
  }

  private Optional<CaDecision> createAtOnce() {
    return create(
        Begins.AT_ONCE,
        Reissue.Immediately,
        Optional.empty(),
        new Finding(
            Reason.CAExpired,
            "generation "
                + latest().number()
                + " expired on "
                + latest().end()
                + " without a successor; a new one signs at once, and until everybody has its certificate, handshakes may fail"));
  }

  private Optional<CaDecision> withdrawUnlikeSpec() {
    return successor()
        .flatMap(
            successor ->
                facts
                    .desired()
                    .differenceFrom(successor)
                    .map(
                        difference ->
                            withdraw(
                                successor,
                                Reason.SpecChanged,
                                " never signed and is not what the spec asks for: " + difference)));
  }

  private Optional<CaDecision> honourRequest() {
    return successor()
        .filter(successor -> facts.isRotateRequested())
        .map(successor -> new CaDecision.Honour(successor.number(), requested()));
  }

  private Optional<CaDecision> createOnRequest() {
    return isRoomForSuccessor()
            && facts.isRotateRequested()
            && (!isImported() || facts.desired().differenceFrom(signer()).isPresent())
        ? create(Begins.WHEN_DISTRIBUTED, Reissue.Immediately, Optional.empty(), requested())
        : Optional.empty();
  }

  private static Finding requested() {
    return new Finding(
        Reason.RotationRequested, "asked for by the annotation mtls-operator.dev/rotate");
  }

  private Optional<CaDecision> createLikeSpec() {
    return isRoomForSuccessor()
        ? facts
            .desired()
            .differenceFrom(signer())
            .map(
                difference ->
                    new Finding(isImported() ? Reason.Imported : Reason.SpecChanged, difference))
            .flatMap(this::createSuccessor)
        : Optional.empty();
  }

  private Optional<CaDecision> createWhenDue() {
    Instant due = facts.successorDue(latest());
    return successor().isEmpty() && !isImported() && !now.isBefore(due)
        ? createSuccessor(new Finding(Reason.RenewalDue, "a successor was due on " + due))
        : Optional.empty();
  }

  private boolean isRoomForSuccessor() {
    return successor().isEmpty() && limits.full().isEmpty();
  }

  // a request that was honoured once does not count again
  private boolean isAskedForAnew(Finding why, Optional<Fingerprint> distrusts) {
    return distrusts.isPresent()
        || (why.reason() == Reason.RotationRequested
            && !facts.requests().rotate().equals(facts.requests().rotateReported()));
  }

  // a wrong clock or a bad input must not make generations follow each other rapidly; but a
  // generation created by a clock that was ahead blocks nothing until it becomes valid
  private boolean isTooSoon(Finding why) {
    return BY_ITSELF.contains(why.reason())
        && facts.generations().trusted().stream()
            .filter(g -> g.isBegun(now))
            .reduce((before, after) -> after)
            .filter(newest -> !newest.isExpired(now))
            .map(SuccessorRules::nextOne)
            .filter(now::isBefore)
            .isPresent();
  }

  private static Instant nextOne(CaGeneration newest) {
    Duration part = Duration.between(newest.made(), newest.end()).dividedBy(SHORTEST_PART_OF_LIFE);
    return newest
        .made()
        .plus(
            part.compareTo(CreationLimits.SHORTEST_INTERVAL) < 0
                ? CreationLimits.SHORTEST_INTERVAL
                : part);
  }

  private boolean isImported() {
    return facts.desired() instanceof DesiredCertificate.Import;
  }

  // an import needs a Secret that is present and holds another CA
  private boolean canCreate() {
    return canCreate(facts.generations().distrusted());
  }

  private boolean canCreate(Set<Fingerprint> distrusted) {
    boolean isOffered =
        facts.desired() instanceof DesiredCertificate.Import
            ? limits.full().isEmpty()
            : facts.desired() instanceof DesiredCertificate.Valid;
    return isOffered && facts.desired().refusal(facts.generations(), distrusted, now).isEmpty();
  }

  private Optional<CaDecision> createSuccessor(Finding why) {
    return create(Begins.WHEN_DISTRIBUTED, facts.plan().reissue(), Optional.empty(), why);
  }

  /** Creates a new generation if that is possible. */
  Optional<CaDecision> create(
      Begins begins, Reissue reissue, Optional<Fingerprint> distrusts, Finding why) {
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(
          new CaDecision.Refuse(
              new Finding(
                  invalid.finding().reason(),
                  invalid.finding().message()
                      + "; until this is corrected, nothing is done about: "
                      + why.message())));
    }
    Set<Fingerprint> distrusted =
        distrusts
            .map(facts.generations()::distrusting)
            .orElseGet(() -> facts.generations().distrusted());
    return canCreate(distrusted)
            && CreationLimits.full(facts, distrusted, now).isEmpty()
            && !isTooSoon(why)
            && (isAskedForAnew(why, distrusts) || limits.pausedUntil().isEmpty())
        ? Optional.of(
            new CaDecision.Create(facts.highestKnown() + 1, begins, reissue, distrusts, why))
        : Optional.empty();
  }
}
