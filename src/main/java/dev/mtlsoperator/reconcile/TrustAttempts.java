package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.secret.TrustPlace;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What came of the last attempts to write copies of trust bundles. What could not be written a
 * moment ago is not tried again at once.
 */
final class TrustAttempts {
  /** Nobody tells when somebody else's object goes out of the way, or a policy changes. */
  private static final Duration REFUSED = Duration.ofSeconds(30);

  private static final Duration FAILED = Duration.ofSeconds(5);

  /** Until the cache has caught up. */
  private static final Duration BEHIND = Duration.ofSeconds(1);

  private final Map<Key, Attempt> attempts = new ConcurrentHashMap<>();

  /** After an edit there is no reason to wait. */
  private record Key(String rootCAUid, long generation, TrustPlace place) {
    static Key of(RootCA ca, TrustPlace place) {
      return new Key(ca.getMetadata().getUid(), ca.getMetadata().getGeneration(), place);
    }
  }

  /** What came of the last attempt to write to a place. */
  record Attempt(Result result, String why, Instant until) {}

  enum Result {
    /** Somebody says no: it is not waited for. */
    REFUSED,
    /** Nobody knows whether it will work the next time: it is waited for. */
    FAILED,
    /** It was made, or made whole again: the next time that it is needed is no accident. */
    MADE,
    /** It was made whole twice: somebody else changes it, and waits for the next time. */
    DISTURBED
  }

  /** What is kept in mind of a place; empty: nothing that still counts. */
  Optional<Attempt> at(RootCA ca, TrustPlace place, Instant now) {
    return Optional.ofNullable(attempts.get(Key.of(ca, place)))
        .filter(attempt -> now.isBefore(attempt.until()));
  }

  /**
   * Whether a place is not written to before its time, whatever happens there: nobody has to look
   * because of it.
   */
  boolean isHeld(RootCA ca, TrustPlace place, Instant now) {
    return at(ca, place, now).filter(attempt -> attempt.result() != Result.MADE).isPresent();
  }

  /** Forgets what is over, when all places of a RootCA are looked at. */
  void expire(RootCA ca, Instant now) {
    attempts
        .entrySet()
        .removeIf(
            entry ->
                entry.getKey().rootCAUid().equals(ca.getMetadata().getUid())
                    && !now.isBefore(entry.getValue().until()));
  }

  /** When a place that could not be written to is tried again; empty: there is none. */
  Optional<Instant> next(RootCA ca, Instant now) {
    // of RootCAs that are no more
    attempts.values().removeIf(attempt -> attempt.until().plus(REFUSED).isBefore(now));
    return attempts.entrySet().stream()
        .filter(entry -> entry.getKey().equals(Key.of(ca, entry.getKey().place())))
        .filter(entry -> entry.getValue().result() != Result.MADE)
        .map(entry -> entry.getValue().until())
        .min(Instant::compareTo);
  }

  /** A copy was made where there was none, or none that was whole. */
  void made(RootCA ca, TrustPlace place, Instant now) {
    Result result = at(ca, place, now).isPresent() ? Result.DISTURBED : Result.MADE;
    attempts.put(
        Key.of(ca, place),
        new Attempt(
            result, "somebody else changes it; it was repaired a moment ago", now.plus(REFUSED)));
  }

  void refused(RootCA ca, TrustPlace place, String why, Instant now) {
    attempts.put(Key.of(ca, place), new Attempt(Result.REFUSED, why, now.plus(REFUSED)));
  }

  void failed(RootCA ca, TrustPlace place, String why, Instant now) {
    attempts.put(Key.of(ca, place), new Attempt(Result.FAILED, why, now.plus(FAILED)));
  }

  /**
   * What the cache shows is not what is there. It will be in a moment; but who changes a copy of
   * his own all the time is not waited for.
   */
  void behind(RootCA ca, TrustPlace place, String why, Instant now) {
    Result result = place.isIn(ca.getMetadata().getNamespace()) ? Result.FAILED : Result.REFUSED;
    attempts.put(Key.of(ca, place), new Attempt(result, why, now.plus(BEHIND)));
  }

  void worked(RootCA ca, TrustPlace place) {
    attempts.remove(Key.of(ca, place));
  }
}
