package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.secret.trust.TrustPlace;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What came of the last attempts to write copies of trust bundles. What could not be written a
 * moment ago is not tried again at once.
 */
public final class TrustAttempts {
  /** No event tells when a foreign object goes out of the way, or a policy changes. */
  private static final Duration REFUSED = Duration.ofSeconds(30);

  private static final Duration FAILED = Duration.ofSeconds(5);

  /** Until the cache has caught up. */
  private static final Duration BEHIND = Duration.ofSeconds(1);

  /**
   * In the CA's own namespace, a copy is repaired at once so many times before it is left alone.
   */
  private static final int MOST_REPAIRS = 3;

  /** A copy that was left unchanged for that long is repaired at once again. */
  private static final Duration PEACE = Duration.ofMinutes(10);

  private final Map<Key, Attempt> attempts = new ConcurrentHashMap<>();
  private final Map<Key, Writing> writings = new ConcurrentHashMap<>();

  /**
   * What was written to a place last.
   *
   * @param content digest of the certificates
   * @param again how often it had to be written again, or could not be for others who wrote
   */
  private record Writing(String content, int again, Instant at) {
    boolean isRecent(Instant now) {
      return at.isAfter(now.minus(PEACE));
    }
  }

  /** After an edit there is no reason to wait. */
  private record Key(String rootCAUid, long generation, TrustPlace place) {
    static Key of(RootCA ca, TrustPlace place) {
      return new Key(ca.getMetadata().getUid(), ca.getMetadata().getGeneration(), place);
    }
  }

  /**
   * What came of the last attempt to write to a place.
   *
   * @param content digest of the certificates that were written; empty: none were
   */
  public record Attempt(Result result, String why, Instant until, String content) {
    Attempt(Result result, String why, Instant until) {
      this(result, why, until, "");
    }
  }

  public enum Result {
    /** Somebody says no: it is not waited for. */
    REFUSED,
    /** It may work the next time: it is waited for. */
    FAILED,
    /** It was made, or made whole again: the next time that it is needed is no accident. */
    MADE,
    /** It was put right too often: somebody else changes it, and waits for the next time. */
    DISTURBED
  }

  /** What is kept in mind of a place; empty: nothing that still counts. */
  public Optional<Attempt> at(RootCA ca, TrustPlace place, Instant now) {
    return Optional.ofNullable(attempts.get(Key.of(ca, place)))
        .filter(attempt -> stillCounts(attempt, now));
  }

  // nor does what was noted by a clock that was ahead
  private static boolean stillCounts(Attempt attempt, Instant now) {
    return now.isBefore(attempt.until()) && !attempt.until().isAfter(now.plus(REFUSED));
  }

  /**
   * Whether a place is not written to before its time, whatever happens there: nobody has to look
   * because of it.
   */
  public boolean isHeld(RootCA ca, TrustPlace place, Instant now) {
    return at(ca, place, now).filter(attempt -> attempt.result() != Result.MADE).isPresent();
  }

  /** Forgets what is over, when all places of a RootCA are looked at. */
  void expire(RootCA ca, Instant now) {
    attempts
        .entrySet()
        .removeIf(
            entry ->
                entry.getKey().rootCAUid().equals(ca.getMetadata().getUid())
                    && !stillCounts(entry.getValue(), now));
  }

  /** When a place that could not be written to is tried again; empty: there is none. */
  public Optional<Instant> next(RootCA ca, Instant now) {
    // of RootCAs that are no more
    attempts.values().removeIf(attempt -> attempt.until().plus(REFUSED).isBefore(now));
    writings.values().removeIf(writing -> !writing.isRecent(now));
    Instant latest = now.plus(REFUSED);
    return attempts.entrySet().stream()
        .filter(entry -> entry.getKey().equals(Key.of(ca, entry.getKey().place())))
        .filter(entry -> entry.getValue().result() != Result.MADE)
        .map(entry -> entry.getValue().until())
        .map(until -> until.isAfter(latest) ? latest : until)
        .min(Instant::compareTo);
  }

  /** A copy was made where there was none, or none that was whole. */
  void made(RootCA ca, TrustPlace place, String content, Instant now) {
    put(ca, place, at(ca, place, now).isPresent() ? Result.DISTURBED : Result.MADE, content, now);
  }

  private void put(RootCA ca, TrustPlace place, Result result, String content, Instant now) {
    attempts.put(
        Key.of(ca, place),
        new Attempt(
            result,
            "somebody else changes it; it was repaired a moment ago",
            now.plus(REFUSED),
            content));
  }

  /**
   * A copy was written.
   *
   * @param content digest of its certificates
   * @param whole whether what lay there was unchanged
   */
  public void written(RootCA ca, TrustPlace place, String content, boolean whole, Instant now) {
    Key key = Key.of(ca, place);
    int times =
        recent(key, now)
            .filter(before -> before.content().equals(content))
            .map(before -> before.again() + 1)
            .orElse(0);
    writings.put(key, new Writing(content, times, now));
    if (!place.isIn(ca.getMetadata().getNamespace())) {
      if (!whole || times > 0) {
        made(ca, place, content, now);
      } else {
        worked(ca, place);
      }
    } else if (times >= MOST_REPAIRS) {
      put(ca, place, Result.DISTURBED, content, now);
    } else {
      worked(ca, place);
    }
  }

  private Optional<Writing> recent(Key key, Instant now) {
    return Optional.ofNullable(writings.get(key)).filter(writing -> writing.isRecent(now));
  }

  /**
   * Somebody else wrote it at the same time: in the CA's own namespace that is waited for a few
   * times.
   */
  public void overtaken(RootCA ca, TrustPlace place, Instant now) {
    Key key = Key.of(ca, place);
    Optional<Writing> before = recent(key, now);
    int times = before.map(Writing::again).orElse(0) + 1;
    writings.put(key, new Writing(before.map(Writing::content).orElse(""), times, now));
    String why = "somebody else changes it at the same time";
    if (place.isIn(ca.getMetadata().getNamespace()) && times < MOST_REPAIRS) {
      failed(ca, place, why, now);
    } else {
      refused(ca, place, why, now);
    }
  }

  public void refused(RootCA ca, TrustPlace place, String why, Instant now) {
    attempts.put(Key.of(ca, place), new Attempt(Result.REFUSED, why, now.plus(REFUSED)));
  }

  void failed(RootCA ca, TrustPlace place, String why, Instant now) {
    attempts.put(Key.of(ca, place), new Attempt(Result.FAILED, why, now.plus(FAILED)));
  }

  /**
   * What the cache shows is not what is there. It will be in a moment; but a copy that others
   * change all the time is not waited for.
   */
  void behind(RootCA ca, TrustPlace place, String why, Instant now) {
    Result result = place.isIn(ca.getMetadata().getNamespace()) ? Result.FAILED : Result.REFUSED;
    attempts.put(Key.of(ca, place), new Attempt(result, why, now.plus(BEHIND)));
  }

  void worked(RootCA ca, TrustPlace place) {
    attempts.remove(Key.of(ca, place));
  }
}
