package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a rotation stands, in the words of its status.
 *
 * @param since when the phase began
 * @param next what happens next, when, and what it waits for
 * @param deadline when something happens by the clock alone
 * @param pending how many certificates or bundles are still to follow
 * @param blockedBy what keeps it from going on, or is left out of it
 */
public record RotationProgress(
    RotationPhase phase,
    Instant since,
    String next,
    Optional<Instant> deadline,
    int pending,
    List<String> blockedBy) {
  // together not more than status has room for
  private static final int MOST_NAMED = 8;
  private static final int MOST_EXCUSED = 4;
  private static final String NOT_RID = "still holds a distrusted generation";

  public RotationProgress {
    blockedBy = List.copyOf(blockedBy);
  }

  /** What the facts say; empty while no generation signs. */
  public static Optional<RotationProgress> of(CaFacts facts, Instant now) {
    return facts
        .signer()
        .map(signer -> new Telling(facts, now, signer).tell())
        .or(() -> withoutSigner(facts, now));
  }

  // where the only one was distrusted, what left it is told too
  private static Optional<RotationProgress> withoutSigner(CaFacts facts, Instant now) {
    if (facts.generations().distrusted().isEmpty()) {
      return Optional.empty();
    }
    List<String> blockedBy = new ArrayList<>(facts.safety());
    excused(facts, blockedBy);
    named(facts.copies().notRid(), NOT_RID, blockedBy);
    int pending = facts.copies().notRid().size();
    return Optional.of(
        new RotationProgress(
            pending > 0 ? RotationPhase.Retiring : RotationPhase.Stable,
            now,
            pending > 0
                ? "trust bundles are rid of what is distrusted"
                : "nobody signs until there is another generation",
            Optional.empty(),
            pending,
            blockedBy));
  }

  private static void excused(CaFacts facts, List<String> lines) {
    List<String> excused = facts.copies().excused();
    excused.stream().limit(MOST_EXCUSED).forEach(lines::add);
    if (excused.size() > MOST_EXCUSED) {
      lines.add((excused.size() - MOST_EXCUSED) + " more are left out");
    }
  }

  private static void named(List<String> names, String what, List<String> lines) {
    names.stream().limit(MOST_NAMED).forEach(name -> lines.add(name + " " + what));
    if (names.size() > MOST_NAMED) {
      lines.add((names.size() - MOST_NAMED) + " more");
    }
  }

  private static final class Telling {
    private final CaFacts facts;
    private final Instant now;
    private final CaGeneration signer;
    private final SuccessorRules successors;
    private final RolloverRules rollover;
    private final List<String> blockedBy = new ArrayList<>();

    Telling(CaFacts facts, Instant now, CaGeneration signer) {
      this.facts = facts;
      this.now = now;
      this.signer = signer;
      this.successors = new SuccessorRules(facts, now);
      this.rollover = new RolloverRules(facts, now);
    }

    RotationProgress tell() {
      blockedBy.addAll(facts.safety());
      RotationProgress.excused(facts, blockedBy);
      RotationProgress.named(facts.copies().notRid(), NOT_RID, blockedBy);
      successors.full().ifPresent(blockedBy::add);
      Optional<CaGeneration> successor = facts.generations().successor();
      if (successor.isPresent()) {
        return distributing(successor.get());
      }
      return facts.generations().former().stream()
          .findFirst()
          .map(this::leaving)
          .orElseGet(this::settled);
    }

    private RotationProgress distributing(CaGeneration successor) {
      List<Copy> lacking = facts.copies().lacking(successor);
      Optional<Instant> ready = rollover.readyToSign(successor);
      Instant lastCall = facts.plan().lastCall(signer, successor);
      boolean told = rollover.isTold(successor);
      if (!told) {
        blockedBy.add(waitsForAWord(successor));
      }
      named(lacking, "does not hold generation " + successor.number() + " yet");
      String waitsFor =
          ready
              .map(at -> told ? "on " + at : "when it is told to, not before " + at)
              .orElse("when every trust bundle holds it and the overlap has passed");
      return new RotationProgress(
          RotationPhase.Distributing,
          successor.importedFrom().isPresent() ? now : successor.made(),
          "generation "
              + successor.number()
              + " signs "
              + waitsFor
              + (told ? "; at the latest on " + lastCall : "; at the latest on " + signer.end()),
          Optional.of(told ? ready.filter(lastCall::isAfter).orElse(lastCall) : signer.end()),
          lacking.size(),
          blockedBy);
    }

    private RotationProgress leaving(CaGeneration former) {
      List<Copy> users = facts.copies().signedBy(former, now);
      Optional<Instant> ready = rollover.readyToLeave(signer, former);
      boolean told = rollover.isTold(former);
      boolean over = ready.filter(at -> !now.isBefore(at)).isPresent();
      if (over && !told) {
        blockedBy.add(waitsForAWord(former));
      }
      named(facts.copies().lacking(signer), "does not hold generation " + signer.number() + " yet");
      if (signer.milestones().reissue() == Reissue.Immediately) {
        named(users, "has a certificate of generation " + former.number());
      }
      String when =
          ready
              .map(at -> told ? "on " + at : "when it is told to, not before " + at)
              .orElse("when no certificate that it signed is in use any more");
      return new RotationProgress(
          over ? RotationPhase.Retiring : RotationPhase.Migrating,
          over ? ready.get() : signer.milestones().signingSince().orElseThrow(),
          "generation "
              + former.number()
              + " leaves the trust bundles "
              + when
              + "; at the latest on "
              + former.end(),
          Optional.of(ready.filter(now::isBefore).orElse(former.end())),
          users.size(),
          blockedBy);
    }

    private RotationProgress settled() {
      Instant due = successors.due(signer);
      Instant since = signer.milestones().signingSince().orElseThrow();
      List<String> notRid = facts.copies().notRid();
      if (!notRid.isEmpty()) {
        return new RotationProgress(
            RotationPhase.Retiring,
            since,
            "trust bundles are rid of what is distrusted",
            Optional.of(due),
            notRid.size(),
            blockedBy);
      }
      List<Copy> surplus = facts.copies().withSurplus();
      if (signer.milestones().reissue() == Reissue.Immediately && !surplus.isEmpty()) {
        return new RotationProgress(
            RotationPhase.Retiring,
            since,
            "trust bundles are rid of what left",
            Optional.of(due),
            surplus.size(),
            blockedBy);
      }
      return new RotationProgress(
          RotationPhase.Stable,
          since,
          "generation "
              + (signer.number() + 1)
              + (facts.desired() instanceof DesiredCertificate.Valid
                  ? " is made on "
                  : " is to be imported by ")
              + due,
          Optional.of(due),
          0,
          blockedBy);
    }

    private static String waitsForAWord(CaGeneration generation) {
      return "rotation.advance is Manual: annotate this RootCA with mtls-operator.dev/advance="
          + generation.fingerprint();
    }

    private void named(List<Copy> copies, String what) {
      RotationProgress.named(copies.stream().map(Copy::name).toList(), what, blockedBy);
    }
  }
}
