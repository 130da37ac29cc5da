package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.leaf.KeyRotationPolicy;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.util.Optional;
import java.util.function.Function;

/** Tells in which queue a decision for a leaf waits. */
public final class LeafQueueClass {
  private LeafQueueClass() {}

  /** The queue; empty if nothing is written, so nothing waits. */
  public static Optional<QueueClass> of(
      LeafDecision decision, LeafFacts facts, KeyRotationPolicy keys) {
    if (decision instanceof LeafDecision.Issue issue) {
      if (makesRsaKey(facts, keys)) {
        return Optional.of(QueueClass.RSA_KEY);
      }
      return Optional.of(
          issue.why().reason() == Reason.CARotated ? QueueClass.ROTATION : QueueClass.ISSUANCE);
    }
    if (decision instanceof LeafDecision.Retrust) {
      return Optional.of(QueueClass.ROTATION);
    }
    return decision instanceof LeafDecision.Republish || decision instanceof LeafDecision.Relabel
        ? Optional.of(QueueClass.ISSUANCE)
        : Optional.empty();
  }

  private static boolean makesRsaKey(LeafFacts facts, KeyRotationPolicy keys) {
    if (!(facts.desired() instanceof DesiredCertificate.Valid valid)) {
      return false;
    }
    KeyParameters wanted = valid.template().key();
    return wanted.isRsa()
        && KeyRetention.kept(
                facts,
                keys,
                wanted,
                () -> facts.certificate().flatMap(c -> KeyParameters.of(c.getPublicKey())),
                Function.identity())
            .isEmpty();
  }
}
