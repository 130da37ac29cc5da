package dev.mtlsoperator.rotation;

import java.time.Instant;
import java.util.Optional;

/**
 * What is particular to a CA that somebody else made: no successor can be made here, so its owner
 * has to be told in time.
 */
final class Importing {
  private final CaFacts facts;
  private final Instant now;
  private final Succession succession;

  Importing(CaFacts facts, Instant now) {
    this.facts = facts;
    this.now = now;
    this.succession = new Succession(facts, now);
  }

  /** Why an import does not get on, or will not, unless somebody acts; empty: nothing is amiss. */
  Optional<Finding> stuck() {
    if (facts.draft() instanceof Draft.Unusable unusable) {
      return Optional.of(unusable.finding());
    }
    if (!(facts.draft() instanceof Draft.Import wanted)) {
      return Optional.empty();
    }
    Optional<CaGeneration> latest = facts.lineage().successor().or(facts::signer);
    boolean isThere = latest.filter(g -> g.path().equals(wanted.path())).isPresent();
    if (!isThere) {
      return wanted.refusal(facts.lineage(), now).or(succession::tooMany);
    }
    String write = "Write another CA's certificate and key to Secret '" + wanted.secretName() + "'";
    if (succession.isRotateRequested() && facts.lineage().successor().isEmpty()) {
      return Optional.of(
          new Finding(
              Reason.RotationRequested,
              "the annotation mtls-operator.dev/rotate asks for a rotation, but an imported CA has no successor that could be made here. "
                  + write
                  + ", and it begins"));
    }
    CaGeneration last = latest.orElseThrow();
    Instant due = succession.due(last);
    return now.isBefore(due)
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.RenewalDue,
                "the imported generation "
                    + last.number()
                    + " ends on "
                    + last.end()
                    + ", and its certificates with it; a successor was due on "
                    + due
                    + " and cannot be made here. "
                    + write
                    + "; it is distributed for the overlap before it signs"));
  }

  /** What helps when it has expired, to be put behind that; empty: it is made here. */
  String onceExpired() {
    return facts
        .draft()
        .source()
        .map(
            secret ->
                ". An imported CA has no successor that could be made here: write another one to Secret '"
                    + secret
                    + "'; it signs at once")
        .orElse("");
  }
}
