package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether a RootCA is ready, and whether it will stay so. Pure; time is an argument.
 *
 * @param phase the phase of the facts at that time
 */
public record CaReadiness(CaFacts facts, Phase phase, Instant now) {

  /**
   * Why the CA in service is not valid or does not match the spec; empty if the RootCA is ready.
   */
  public Optional<Finding> notReady() {
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(invalid.finding());
    }
    Optional<CaGeneration> signer = facts.signer();
    return signer.isEmpty()
        ? Optional.of(withoutSigner())
        : expired(signer.get()).or(this::conflict).or(() -> notInService(signer.get()));
  }

  /**
   * Why the CA in service will get no successor unless a person acts; empty if nothing blocks it.
   */
  public Optional<Finding> renewalBlocked() {
    return facts
        .signer()
        .flatMap(
            signer ->
                imports()
                    .stuck()
                    .map(
                        why ->
                            new Finding(
                                why.reason(),
                                why.message()
                                    + ". Generation "
                                    + signer.number()
                                    + " stays in service until "
                                    + signer.end())));
  }

  private Finding withoutSigner() {
    return new DistrustRules(facts, phase.limits(), now)
        .notBegun()
        .orElseGet(() -> new Finding(Reason.CANotAvailable, "no generation signs yet"));
  }

  private Optional<Finding> expired(CaGeneration signer) {
    return signer.isExpired(now)
        ? Optional.of(
            new Finding(
                Reason.CAExpired,
                "generation "
                    + signer.number()
                    + " expired on "
                    + signer.end()
                    + imports().onceExpired()))
        : Optional.empty();
  }

  private Optional<Finding> conflict() {
    return facts.bundle() == CaFacts.Bundle.FOREIGN
        ? Optional.of(
            new Finding(
                Reason.TrustBundleConflict,
                "the ConfigMap under the name of the trust bundle is not this operator's and is left alone: delete or rename it"))
        : Optional.empty();
  }

  private Optional<Finding> notInService(CaGeneration signer) {
    // new content of the same Secret is an ordinary rotation, so the CA stays ready
    Optional<String> source = facts.desired().source();
    if (source.isPresent() && source.equals(signer.importedFrom())) {
      return Optional.empty();
    }
    if (facts.desired() instanceof DesiredCertificate.Unusable unusable) {
      return Optional.of(unusable.finding());
    }
    return facts
        .desired()
        .differenceFrom(signer)
        .map(
            difference ->
                imports()
                    .stuck()
                    .orElseGet(
                        () -> new Finding(Reason.SpecNotInService, difference + onItsWay())));
  }

  private String onItsWay() {
    return phase instanceof Phase.Distributing distributing
        ? "; generation "
            + distributing.arrival().successor().number()
            + " is as asked for and is being distributed"
        : phase
            .limits()
            .full()
            .or(
                () ->
                    phase
                        .limits()
                        .pausedUntil()
                        .map(
                            at ->
                                "the generation that was made last is gone: another one is made on "
                                    + at))
            .map(why -> "; " + why)
            .orElse("");
  }

  private ImportRules imports() {
    return new ImportRules(facts, phase.limits(), now);
  }
}
