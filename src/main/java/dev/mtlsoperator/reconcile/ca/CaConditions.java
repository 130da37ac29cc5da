package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.pki.advice.CaAdvice;
import dev.mtlsoperator.pki.advice.CaSubject;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.revocation.RevocationView;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.Phase;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.AcceptedAdvice;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Derives the conditions of a RootCA. Pure. */
final class CaConditions {
  /** How many objects one condition names. */
  private static final int MOST_NAMED = 8;

  private CaConditions() {}

  static List<Condition> of(RootCA ca, CaOutcome outcome) {
    RootCAStatus before = ca.getStatus();
    Conditions conditions =
        new Conditions(
            before == null ? List.of() : before.conditions(),
            ca.getMetadata().getGeneration(),
            outcome.now());
    outcome
        .notReady()
        .ifPresentOrElse(
            why -> notReady(conditions, why, outcome), () -> ready(conditions, outcome));
    trustBlocked(outcome.seen())
        .ifPresent(left -> conditions.abnormal(Conditions.TRUST_BLOCKED, left));
    RevocationView revocation = outcome.seen().revocation();
    revocation
        .incomplete()
        .ifPresent(why -> conditions.abnormal(Conditions.REVOCATION_INCOMPLETE, why));
    revocation
        .nearLimit()
        .ifPresent(why -> conditions.abnormal(Conditions.REVOCATION_NEAR_LIMIT, why));
    outcome
        .renewalBlocked()
        .ifPresent(blocked -> conditions.abnormal(Conditions.RENEWAL_BLOCKED, blocked));
    return conditions.advise(advisory(ca, outcome)).toList();
  }

  private static Advisory advisory(RootCA ca, CaOutcome outcome) {
    AdditionalTrusts.Known additional = outcome.seen().additional();
    return Advisory.of(
        CaAdvice.on(
            new CaSubject(
                outcome.facts().generations().trusted().stream().map(CaGeneration::path).toList(),
                additional.certificates(),
                additional.namesakes().stayed(),
                additional.namesakes().leftOut())),
        AcceptedAdvice.of(ca));
  }

  /** Whether the missing part arrives without user action. */
  static boolean isOnItsWay(Finding why, Phase phase) {
    return why.reason() == Reason.SpecNotInService && phase instanceof Phase.Distributing;
  }

  private static void notReady(Conditions conditions, Finding why, CaOutcome outcome) {
    Finding told = new Finding(why.reason(), why.message() + skipped(outcome.seen()));
    conditions.notReady(told);
    conditions.abnormal(
        isOnItsWay(told, outcome.phase()) ? Conditions.RECONCILING : Conditions.STALLED, told);
  }

  private static void ready(Conditions conditions, CaOutcome outcome) {
    CaGeneration signer = outcome.facts().signer().orElseThrow();
    conditions.ready(
        Reason.Issued.name(),
        "generation "
            + signer.number()
            + " signs and is valid until "
            + signer.end()
            + imported(outcome.facts())
            + skipped(outcome.seen()));
  }

  // how the content of an imported Secret is used, where there was a choice
  private static String imported(CaFacts facts) {
    return facts.desired() instanceof DesiredCertificate.Import wanted
            && facts.signer().filter(g -> g.path().equals(wanted.path())).isPresent()
        ? wanted.offer().notes().stream().map(note -> ". " + note).collect(Collectors.joining())
        : "";
  }

  private static Optional<Finding> trustBlocked(CaObservation seen) {
    List<String> copies =
        Stream.concat(seen.facts().copies().excused().stream(), seen.copies().unseen().stream())
            .toList();
    List<String> excused =
        Stream.concat(copies.stream(), seen.additional().leftOut().stream()).toList();
    return excused.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                copies.isEmpty() ? Reason.InvalidInput : Reason.TrustNotDistributed,
                excused.stream().limit(MOST_NAMED).collect(Collectors.joining("; "))
                    + (excused.size() > MOST_NAMED
                        ? "; and " + (excused.size() - MOST_NAMED) + " more"
                        : "")));
  }

  private static String skipped(CaObservation seen) {
    List<String> skipped = seen.skipped();
    return skipped.isEmpty()
        ? ""
        : ". Passed over, for they carry no seal of this operator: Secrets "
            + skipped.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
            + (skipped.size() > MOST_NAMED
                ? ", and " + (skipped.size() - MOST_NAMED) + " more"
                : "");
  }
}
