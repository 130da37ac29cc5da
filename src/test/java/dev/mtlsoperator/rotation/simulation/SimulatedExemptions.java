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
 * The handshakes that may fail because it was announced: of a generation that signs before
 * everybody knows it (until everybody does), of one that is distrusted, of those who had no time to
 * read because all clocks were put forward, and of those who hold what had expired and is valid
 * again because all clocks were put back, or who do not hold what had left and signs again, for
 * what replaced it is not valid yet.
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

  /** All clocks went from one time to an earlier one. */
  private record SetBack(Instant from, Instant to, Duration elapsed) {}

  /** It signs, and not everybody is known to trust it. */
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

  /** Nobody keeps an issuer that has expired for the case that clocks are put back. */
  void setBack(Instant from, Instant to, Duration elapsed) {
    setBack = new SetBack(from, to, elapsed);
  }

  // until everybody has read what came after it
  private boolean hadExpired(CaPath issuer, Duration elapsed) {
    Instant end = issuer.end();
    return setBack != null
        && !end.isAfter(setBack.from())
        && end.isAfter(setBack.to())
        && elapsed.compareTo(setBack.elapsed().plus(overlap)) <= 0;
  }

  /** Whether an issuer had expired when all clocks were put back: who is stuck serves it still. */
  boolean isValidAgain(CaPath issuer) {
    return setBack != null
        && !issuer.end().isAfter(setBack.from())
        && issuer.end().isAfter(setBack.to());
  }

  /** Whether somebody may not yet have read what the clock says that it must have read. */
  boolean jumpedLately(Duration elapsed) {
    return jumped != null && elapsed.compareTo(jumped.plus(overlap)) <= 0;
  }

  /** Who hurried is known to everybody now: from an overlap later on there is no excuse. */
  void settle(Duration elapsed, Predicate<CaPath> heldByAll) {
    hurried.replaceAll(
        (generation, since) ->
            since.or(() -> heldByAll.test(generation) ? Optional.of(elapsed) : Optional.empty()));
  }

  /** Whether a refusal of what that one signed was announced. */
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
