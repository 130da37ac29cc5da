package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafRevocation;
import dev.mtlsoperator.secret.leaf.LeafAdvisory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The conditions in a leaf's status. Pure.
 *
 * @param decision what the report tells as decided
 * @param revoked what the report tells as revoked
 */
record LeafConditions(
    LeafObservation seen,
    LeafAssessment assessment,
    LeafDecision decision,
    LeafOutcome outcome,
    Restarts.Outcome workloads,
    ReportedRevocation revoked) {

  List<Condition> toList() {
    LeafStatus before = seen.leaf().getStatus();
    Conditions conditions =
        new Conditions(
            before == null ? List.of() : before.conditions(),
            seen.leaf().getMetadata().getGeneration(),
            seen.now());
    if (seen.facts().revocation() == LeafRevocation.ALL) {
      revoked(conditions);
    } else {
      assessment
          .certificate()
          .filter(certificate -> assessment.notReady().isEmpty())
          .ifPresentOrElse(
              certificate -> ready(conditions, certificate), () -> notReady(conditions));
    }
    revoked
        .incomplete()
        .or(this::withoutCrls)
        .ifPresent(why -> conditions.abnormal(Conditions.REVOCATION_INCOMPLETE, why));
    if (workloads instanceof Restarts.Outcome.Looked looked) {
      looked.blocked().ifPresent(why -> conditions.abnormal(Conditions.RESTART_BLOCKED, why));
    } else {
      conditions.carryOver(Conditions.RESTART_BLOCKED);
    }
    return conditions.advise(advisory()).toList();
  }

  private Advisory advisory() {
    return assessment
        .certificate()
        .map(
            certificate ->
                LeafAdvisory.of(
                    seen.leaf(),
                    certificate,
                    seen.facts().heldNamesakes(seen.now()),
                    seen.facts().unfittingTrust()))
        .orElseGet(Advisory::none);
  }

  private Optional<Finding> withoutCrls() {
    List<String> lacking = seen.facts().crls().lacking();
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.RevocationIncomplete,
                String.join("; ", lacking)
                    + (seen.notedCrls().isEmpty()
                        ? ". The Secret has no ca.crl until each CA has one, since gateways would refuse all clients of the others"
                        : ". The Secret keeps the CRLs that it has, and gateways refuse the clients of a CA without one")));
  }

  private void revoked(Conditions conditions) {
    Optional<Finding> waits = failed().or(this::pending);
    waits.ifPresentOrElse(
        why -> {
          conditions.notReady(why);
          conditions.abnormal(Conditions.RECONCILING, why);
        },
        () ->
            conditions.ready(
                Reason.Revoked.name(),
                "revoked as spec.revoked asks: "
                    + seen.revocation().asked().size()
                    + " unexpired certificates, and the Secret is deleted"));
  }

  private Optional<Finding> pending() {
    boolean secret = seen.facts().state().managed().isPresent();
    int certificates = seen.revocation().pending();
    return secret || certificates > 0
        ? Optional.of(
            new Finding(
                Reason.Revoked,
                secret
                    ? "the Secret is being deleted"
                    : "certificates on no CRL in the trust bundles yet: " + certificates))
        : Optional.empty();
  }

  private void ready(Conditions conditions, X509Certificate certificate) {
    conditions.ready(Reason.Issued.name(), inService(certificate));
    decision
        .stopped()
        .or(this::failed)
        .ifPresent(
            why -> conditions.abnormal(Conditions.RENEWAL_BLOCKED, blocked(why, certificate)));
    if (decision instanceof LeafDecision.Pause && failed().isEmpty()) {
      conditions.carryOver(Conditions.RENEWAL_BLOCKED);
    }
  }

  private void notReady(Conditions conditions) {
    Finding why =
        decision
            .stopped()
            .or(this::failed)
            .or(assessment::notReady)
            .orElseGet(() -> new Finding(Reason.SecretMissing, "not issued yet"));
    conditions.notReady(why);
    conditions.abnormal(
        decision.stopped().isPresent() ? Conditions.STALLED : Conditions.RECONCILING, why);
  }

  private Optional<Finding> failed() {
    return outcome instanceof LeafOutcome.Failed failed
        ? Optional.of(failed.why())
        : Optional.empty();
  }

  private static Finding blocked(Finding why, X509Certificate certificate) {
    return new Finding(
        why.reason(),
        why.message()
            + ". The certificate in service stays valid until "
            + certificate.getNotAfter().toInstant());
  }

  private String inService(X509Certificate certificate) {
    Instant end = certificate.getNotAfter().toInstant();
    boolean shortened =
        seen.facts().signer() instanceof Signer.Available signer
            && signer.trusted().stream().anyMatch(ca -> ca.end().equals(end));
    return "the certificate in service is valid until "
        + end
        + (shortened ? " (shortened: the CA ends then)" : "")
        + assessment.renewalTime().map(time -> " and is renewed on " + time).orElse("");
  }
}
