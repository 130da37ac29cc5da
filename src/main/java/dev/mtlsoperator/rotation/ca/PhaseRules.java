package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Derives a CA's {@link Phase} from the facts. Pure; time is an argument. */
final class PhaseRules {
  // status has room for no more than these together
  private static final int MOST_NAMED = 8;
  private static final int MOST_EXCUSED = 4;

  private final CaFacts facts;
  private final Instant now;
  private final CreationLimits limits;

  PhaseRules(CaFacts facts, Instant now) {
    this.facts = facts;
    this.now = now;
    this.limits = CreationLimits.of(facts, now);
  }

  Phase phase() {
    return facts.signer().map(this::signing).orElseGet(this::withoutSigner);
  }

  private Phase withoutSigner() {
    List<Suspect> suspects = facts.generations().suspects();
    return suspects.isEmpty()
        ? new Phase.NoSigner(limits, distrusting())
        : new Phase.Unproven(suspects, limits, distrusting());
  }

  // if the only generation was distrusted, status reports which copies still hold it
  private Optional<RotationProgress> distrusting() {
    if (facts.generations().distrusted().isEmpty()) {
      return Optional.empty();
    }
    int pending = facts.copies().notRid().size();
    return Optional.of(
        new RotationProgress(
            pending > 0 ? RotationPhase.Retiring : RotationPhase.Stable,
            now,
            pending > 0
                ? "distrusted generations leave the trust bundles"
                : "nothing is signed until there is another generation",
            Optional.empty(),
            pending,
            always()));
  }

  private Phase signing(CaGeneration signer) {
    Optional<Departure> departure =
        facts.generations().former().stream()
            .findFirst()
            .map(former -> Departure.of(facts, signer, former, now));
    return facts
        .generations()
        .successor()
        .<Phase>map(successor -> distributing(Arrival.of(facts, signer, successor, now), departure))
        .or(() -> departure.map(this::leaving))
        .orElseGet(() -> settled(signer));
  }

  private Phase distributing(Arrival arrival, Optional<Departure> departure) {
    CaGeneration successor = arrival.successor();
    Instant end = arrival.signer().end();
    List<String> blockedBy = blockedBy();
    if (!arrival.isTold()) {
      blockedBy.add(waitsForAWord(successor));
    }
    named(arrival.lacking(), lacks(successor), blockedBy);
    String when =
        arrival
            .readyAt()
            .map(at -> arrival.isTold() ? "on " + at : "when it is told to, not before " + at)
            .orElse("when every trust bundle holds it and the overlap has passed");
    Instant latest = arrival.isTold() ? arrival.lastCall() : end;
    return new Phase.Distributing(
        arrival,
        departure,
        limits,
        Optional.of(
            new RotationProgress(
                RotationPhase.Distributing,
                successor.importedFrom().isPresent() ? now : successor.made(),
                "generation "
                    + successor.number()
                    + " signs "
                    + when
                    + "; at the latest on "
                    + latest,
                Optional.of(
                    arrival.isTold()
                        ? arrival.readyAt().filter(latest::isAfter).orElse(latest)
                        : latest),
                arrival.lacking().size(),
                blockedBy)));
  }

  private Phase leaving(Departure departure) {
    return departure.isReady(now)
        ? new Phase.Retiring(
            departure,
            limits,
            Optional.of(
                progress(departure, RotationPhase.Retiring, departure.readyAt().orElseThrow())))
        : new Phase.Migrating(
            departure,
            limits,
            Optional.of(
                progress(departure, RotationPhase.Migrating, signingSince(departure.signer()))));
  }

  private RotationProgress progress(Departure departure, RotationPhase phase, Instant since) {
    CaGeneration signer = departure.signer();
    CaGeneration former = departure.former();
    List<String> blockedBy = blockedBy();
    if (departure.isReady(now) && !departure.isTold()) {
      blockedBy.add(waitsForAWord(former));
    }
    named(departure.lacking(), lacks(signer), blockedBy);
    if (signer.milestones().reissue() == Reissue.Immediately) {
      named(departure.users(), "has a certificate of generation " + former.number(), blockedBy);
    }
    String when =
        departure
            .readyAt()
            .map(at -> departure.isTold() ? "on " + at : "when it is told to, not before " + at)
            .orElse("when no certificate that it signed is in use any more");
    return new RotationProgress(
        phase,
        since,
        "generation "
            + former.number()
            + " leaves the trust bundles "
            + when
            + "; at the latest on "
            + former.end(),
        Optional.of(departure.readyAt().filter(now::isBefore).orElse(former.end())),
        departure.users().size(),
        blockedBy);
  }

  private Phase settled(CaGeneration signer) {
    List<String> notRid = facts.copies().notRid();
    if (!notRid.isEmpty()) {
      return cleaningUp(signer, "distrusted generations leave the trust bundles", notRid.size());
    }
    List<Copy> surplus = facts.copies().withSurplus();
    if (signer.milestones().reissue() == Reissue.Immediately && !surplus.isEmpty()) {
      return cleaningUp(signer, "former generations leave the trust bundles", surplus.size());
    }
    Instant due = facts.successorDue(signer);
    String next =
        "generation "
            + (signer.number() + 1)
            + (facts.desired() instanceof DesiredCertificate.Valid
                ? " is made on "
                : " is to be imported by ")
            + due;
    return new Phase.Stable(
        signer,
        due,
        limits,
        Optional.of(
            new RotationProgress(
                RotationPhase.Stable,
                signingSince(signer),
                next,
                Optional.of(due),
                0,
                blockedBy())));
  }

  private Phase cleaningUp(CaGeneration signer, String next, int pending) {
    return new Phase.CleaningUp(
        signer,
        limits,
        Optional.of(
            new RotationProgress(
                RotationPhase.Retiring,
                signingSince(signer),
                next,
                Optional.of(facts.successorDue(signer)),
                pending,
                blockedBy())));
  }

  private static Instant signingSince(CaGeneration signer) {
    return signer.milestones().signingSince().orElseThrow();
  }

  private List<String> blockedBy() {
    List<String> lines = always();
    limits.full().ifPresent(lines::add);
    return lines;
  }

  private List<String> always() {
    List<String> lines = new ArrayList<>(facts.incomplete());
    List<String> excused = facts.copies().excused();
    excused.stream().limit(MOST_EXCUSED).forEach(lines::add);
    if (excused.size() > MOST_EXCUSED) {
      lines.add((excused.size() - MOST_EXCUSED) + " more are left out");
    }
    namedAll(facts.copies().notRid(), "still holds a distrusted generation", lines);
    return lines;
  }

  private static void named(List<Copy> copies, String what, List<String> lines) {
    namedAll(copies.stream().map(Copy::name).toList(), what, lines);
  }

  private static void namedAll(List<String> names, String what, List<String> lines) {
    // in the same order at each look: another order is no news
    names.stream().sorted().limit(MOST_NAMED).forEach(name -> lines.add(name + " " + what));
    if (names.size() > MOST_NAMED) {
      lines.add((names.size() - MOST_NAMED) + " more");
    }
  }

  private static String lacks(CaGeneration generation) {
    return "does not hold generation " + generation.number() + " yet";
  }

  private static String waitsForAWord(CaGeneration generation) {
    return "rotation.advance is Manual: annotate this RootCA with mtls-operator.dev/advance="
        + generation.fingerprint();
  }
}
