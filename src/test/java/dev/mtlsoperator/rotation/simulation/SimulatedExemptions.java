package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CaPath;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The handshakes that may fail because the failure was announced. They involve a generation that
 * signs before all peers trust it (until they do), a distrusted generation, or peers that had no
 * time to read because all clocks were set forward. After all clocks were set back, they also
 * involve peers that hold an expired certificate that is valid again, and peers that lack a removed
 * generation that signs again because its replacement is not valid yet.
 */
final class SimulatedExemptions {
  private final Duration overlap;
  private final Map<CaPath, Optional<Duration>> hurried = new HashMap<>();
  private final Set<CaPath> distrusted = new HashSet<>();
  private @Nullable Duration jumped;
  private @Nullable SetBack setBack;
  private int count;

  SimulatedExemptions(Duration overlap) {
    this.overlap = overlap;
  }

  /** All clocks were set back from one time to an earlier one. */
  private record SetBack(Instant from, Instant to, Duration elapsed) {}

  /** A generation that signs although not all peers are known to trust it. */
  void hurried(CaPath generation) {
    hurried.put(generation, Optional.empty());
  }

  void distrusted(CaPath generation) {
    distrusted.add(generation);
  }

  boolean isDistrusted(CaPath generation) {
    return distrusted.contains(generation);
  }

  void jumped(Duration elapsed) {
    jumped = elapsed;
  }

  /** Records that all clocks were set back: expired issuers are not kept for that case. */
  void setBack(Instant from, Instant to, Duration elapsed) {
    setBack = new SetBack(from, to, elapsed);
  }

  // until all peers have read what came after it
  private boolean hadExpired(CaPath issuer, Duration elapsed) {
    Instant end = issuer.end();
    return setBack != null
        && !end.isAfter(setBack.from())
        && end.isAfter(setBack.to())
        && elapsed.compareTo(setBack.elapsed().plus(overlap)) <= 0;
  }

  /**
   * Whether an issuer had expired when all clocks were set back: a stuck peer still serves its
   * certificate.
   */
  boolean isValidAgain(CaPath issuer) {
    return setBack != null
        && !issuer.end().isAfter(setBack.from())
        && issuer.end().isAfter(setBack.to());
  }

  /** Whether a peer may not yet have read content that, by the clock, it must have read. */
  boolean jumpedLately(Duration elapsed) {
    return jumped != null && elapsed.compareTo(jumped.plus(overlap)) <= 0;
  }

  /**
   * All peers now know the generation that signed early: after one more overlap, no failure is
   * exempt.
   */
  void settle(Duration elapsed, Predicate<CaPath> heldByAll) {
    hurried.replaceAll(
        (generation, since) ->
            since.or(() -> heldByAll.test(generation) ? Optional.of(elapsed) : Optional.empty()));
  }

  /** Whether a refusal of certificates that this generation signed was announced. */
  boolean covers(CaPath issuer, Duration elapsed) {
    Optional<Duration> settled = hurried.getOrDefault(issuer, Optional.of(Duration.ZERO));
    boolean covered =
        distrusted.contains(issuer)
            || jumpedLately(elapsed)
            || hadExpired(issuer, elapsed)
            || (hurried.containsKey(issuer)
                && (settled.isEmpty() || elapsed.compareTo(settled.get().plus(overlap)) <= 0));
    count += covered ? 1 : 0;
    return covered;
  }

  int count() {
    return count;
  }
}
