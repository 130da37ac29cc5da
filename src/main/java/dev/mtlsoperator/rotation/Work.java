package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.KeyRotationPolicy;
import dev.mtlsoperator.pki.KeyAlgorithm;
import dev.mtlsoperator.pki.KeyParameters;
import dev.mtlsoperator.rotation.Holding.Integrity;
import java.time.Duration;
import java.util.Optional;

/** Work that one has to wait for one's turn with, see {@link Turns}; each kind has its own. */
public enum Work {
  /** A new RSA key: up to seconds of one core. */
  RSA_KEY,
  /** Any other write of a leaf's Secret that somebody asked for. */
  ISSUANCE,
  /** What a rotation asks of all leaves in the same moment. */
  ROTATION,
  /** A look at workloads, which may restart them. */
  RESTART;

  private static final int MOST_RSA = 4;

  /**
   * How much of it at once.
   *
   * @param cores that the operator may use
   * @param threads that reconcile
   */
  public Turns.Rule rule(int cores, int threads) {
    return switch (this) {
      case RSA_KEY -> {
        int half = Math.max(1, Math.min(cores / 2, MOST_RSA));
        yield new Turns.Rule(half, half, Duration.ZERO);
      }
      // whoever comes finds a free thread
      case ISSUANCE ->
          new Turns.Rule(Math.max(1, threads - 1), Math.max(1, threads - 3), Duration.ZERO);
      // the API server has others to serve
      case ROTATION -> new Turns.Rule(2, 2, Duration.ofMillis(10));
      // pods take longer to start than a certificate to be made
      case RESTART -> new Turns.Rule(1, 1, Duration.ofMillis(200));
    };
  }

  /** What a decision for a leaf means; empty: nothing is written. */
  public static Optional<Work> of(LeafDecision decision, LeafFacts facts, KeyRotationPolicy keys) {
    if (decision instanceof LeafDecision.Issue issue) {
      if (makesRsaKey(facts, keys)) {
        return Optional.of(RSA_KEY);
      }
      return Optional.of(issue.why().reason() == Reason.CARotated ? ROTATION : ISSUANCE);
    }
    if (decision instanceof LeafDecision.Retrust) {
      return Optional.of(ROTATION);
    }
    return decision instanceof LeafDecision.Republish || decision instanceof LeafDecision.Relabel
        ? Optional.of(ISSUANCE)
        : Optional.empty();
  }

  private static boolean makesRsaKey(LeafFacts facts, KeyRotationPolicy keys) {
    if (!(facts.draft() instanceof Draft.Valid valid)) {
      return false;
    }
    KeyParameters wanted = valid.blueprint().key();
    boolean kept =
        keys == KeyRotationPolicy.Never
            && facts.holding() instanceof Holding.Ours ours
            && ours.integrity() != Integrity.TAMPERED
            && ours.certificate()
                .flatMap(c -> KeyParameters.of(c.getPublicKey()))
                .filter(wanted::equals)
                .isPresent();
    return !kept && isRsa(wanted);
  }

  /** Whether a new key of that kind is such work. */
  public static boolean isRsa(KeyParameters key) {
    return key.algorithm() == KeyAlgorithm.RSA;
  }
}
