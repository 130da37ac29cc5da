package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Generation;
import dev.mtlsoperator.api.GenerationState;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.RootCAStatus;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.rotation.CaDecision;
import dev.mtlsoperator.rotation.CaFacts;
import dev.mtlsoperator.rotation.CaRules;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.TrustConfigMap;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A fresh status for a RootCA, and when it is looked at next. Pure. */
record CaReport(RootCAStatus status, Duration next) {
  private static final Duration FAIL_SAFE = Duration.ofHours(1);

  /**
   * Nobody tells when somebody else's object goes out of the way, or a Secret without our labels
   * comes back.
   */
  private static final Duration STALLED_PACE = Duration.ofSeconds(30);

  private static final Duration SHORTEST = Duration.ofSeconds(1);

  static CaReport of(RootCA ca, CaObserver.Observation seen, CaDecision decision, Instant now) {
    CaFacts facts = seen.facts();
    RootCAStatus before = ca.getStatus();
    Optional<Finding> why =
        decision instanceof CaDecision.Refuse refuse
            ? Optional.of(refuse.why())
            : CaRules.notReady(facts, now);
    Conditions conditions =
        new Conditions(
            before == null ? List.of() : before.conditions(),
            ca.getMetadata().getGeneration(),
            now);
    Optional<X509Certificate> signer = facts.signer().map(CaFacts.Known::certificate);
    if (why.isPresent()) {
      Finding told = new Finding(why.get().reason(), why.get().message() + skipped(seen));
      conditions.notReady(told);
      conditions.abnormal(Conditions.STALLED, told);
    } else {
      conditions.ready(
          Reason.Issued.name(),
          "generation "
              + facts.signer().orElseThrow().number()
              + " signs and is valid until "
              + signer.orElseThrow().getNotAfter().toInstant()
              + skipped(seen));
    }
    // what is lost stays told, so that a backup can be recognized
    List<Generation> generations =
        seen.generations().isEmpty() && before != null
            ? before.generations()
            : generations(ca, facts);
    RootCAStatus status =
        new RootCAStatus(
            ca.getMetadata().getGeneration(),
            conditions.toList(),
            TrustConfigMap.name(ca.getMetadata().getName()),
            generations,
            signer
                .map(c -> c.getNotAfter().toInstant().toString())
                .orElse(before == null ? null : before.notAfter()),
            CaObserver.adoption(ca)
                .map(Fingerprint::text)
                .filter(f -> generations.stream().anyMatch(g -> g.fingerprint().equals(f)))
                .orElse(before == null ? null : before.adopt()));
    return new CaReport(status, next(why, signer, now));
  }

  private static String skipped(CaObserver.Observation seen) {
    return seen.skipped().isEmpty()
        ? ""
        : ". Passed over, for they carry no seal of this operator: Secrets "
            + String.join(", ", seen.skipped());
  }

  private static List<Generation> generations(RootCA ca, CaFacts facts) {
    int signing = facts.signer().map(CaFacts.Known::number).orElse(0);
    return facts.generations().stream()
        .map(
            g ->
                new Generation(
                    g.number(),
                    GenerationSecret.name(ca.getMetadata().getName(), g.number()),
                    g.number() == signing ? GenerationState.Signing : GenerationState.Trusted,
                    g.certificate().getSerialNumber().toString(16),
                    Fingerprint.of(g.certificate()).text(),
                    g.certificate().getNotBefore().toInstant().toString(),
                    g.certificate().getNotAfter().toInstant().toString(),
                    Pem.write(g.certificate())))
        .toList();
  }

  private static Duration next(
      Optional<Finding> why, Optional<X509Certificate> signer, Instant now) {
    if (why.isPresent()) {
      return STALLED_PACE;
    }
    Duration untilEnd =
        signer.map(c -> Duration.between(now, c.getNotAfter().toInstant())).orElse(FAIL_SAFE);
    if (untilEnd.compareTo(SHORTEST) < 0) {
      return SHORTEST;
    }
    return untilEnd.compareTo(FAIL_SAFE) < 0 ? untilEnd : FAIL_SAFE;
  }
}
