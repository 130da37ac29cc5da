package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.secret.trust.TrustPlace;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers the results of the last attempts to write copies of trust bundles, so that a write that
 * just failed is not repeated at once.
 */
public final class TrustAttempts {
  /** No event reports that a foreign object is removed, or that a policy changes. */
  private static final Duration REFUSED = Duration.ofSeconds(30);

  private static final Duration FAILED = Duration.ofSeconds(5);

  /** The time that the cache needs to catch up. */
  private static final Duration BEHIND = Duration.ofSeconds(1);

  /** How often a copy in the CA's own namespace is repaired at once before it is held back. */
  private static final int MOST_REPAIRS = 3;

  /** A copy that was left unchanged for this long is again repaired at once. */
  private static final Duration PEACE = Duration.ofMinutes(10);

  private final Map<Key, Attempt> attempts = new ConcurrentHashMap<>();
  private final Map<Key, Writing> writings = new ConcurrentHashMap<>();

  /**
   * The last write to a place.
   *
   * @param content digest of the certificates
   * @param again how often it was rewritten, or could not be written because others wrote
   */
  private record Writing(String content, int again, Instant at) {
    boolean isRecent(Instant now) {
      return at.isAfter(now.minus(PEACE));
    }
  }

  /** Contains the generation of the spec: after an edit there is no reason to wait. */
  private record Key(String rootCAUid, long generation, TrustPlace place) {
    static Key of(RootCA ca, TrustPlace place) {
      return new Key(ca.getMetadata().getUid(), ca.getMetadata().getGeneration(), place);
    }
  }

  /**
   * The result of the last attempt to write to a place.
   *
   * @param content digest of the certificates that were written; empty: none were
   */
  public record Attempt(Result result, String why, Instant until, String content) {
    Attempt(Result result, String why, Instant until) {
      this(result, why, until, "");
    }
  }

  public enum Result {
    /** The write was refused: the rotation does not wait for it. */
    REFUSED,
    /** A retry may succeed: the rotation waits for it. */
    FAILED,
    /** The copy was created or made whole again: if that is needed once more, it is no accident. */
    MADE,
    /** The copy was repaired too often, because others change it: the next repair is delayed. */
    DISTURBED
  }

  /** The remembered attempt for a place; empty: none that still counts. */
  public Optional<Attempt> at(RootCA ca, TrustPlace place, Instant now) {
    return Optional.ofNullable(attempts.get(Key.of(ca, place)))
        .filter(attempt -> stillCounts(attempt, now));
  }

  // an attempt that was noted by a clock that was ahead does not count either
  private static boolean stillCounts(Attempt attempt, Instant now) {
    return now.isBefore(attempt.until()) && !attempt.until().isAfter(now.plus(REFUSED));
  }

  /**
   * Whether a place is held back for now whatever changes there, so that its changes trigger no
   * reconciliation.
   */
  public boolean isHeld(RootCA ca, TrustPlace place, Instant now) {
    return at(ca, place, now).filter(attempt -> attempt.result() != Result.MADE).isPresent();
  }

  /** Forgets expired attempts; called when all places of a RootCA are looked at. */
  void expire(RootCA ca, Instant now) {
    attempts
        .entrySet()
        .removeIf(
            entry ->
                entry.getKey().rootCAUid().equals(ca.getMetadata().getUid())
                    && !stillCounts(entry.getValue(), now));
  }

  /** When a place that could not be written to is retried; empty: there is none. */
  public Optional<Instant> next(RootCA ca, Instant now) {
    // of RootCAs that no longer exist
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

  /** Notes that a copy was created where none existed, or none that was whole. */
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
   * Notes that a copy was written.
   *
   * @param content digest of its certificates
   * @param whole whether the former content was unchanged
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
   * Notes that another client wrote it at the same time: in the CA's own namespace, the rotation
   * waits for that a few times.
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
   * Notes that the cache differs from the API server. It will soon catch up; but the rotation does
   * not wait for a copy that others change all the time.
   */
  void behind(RootCA ca, TrustPlace place, String why, Instant now) {
    Result result = place.isIn(ca.getMetadata().getNamespace()) ? Result.FAILED : Result.REFUSED;
    attempts.put(Key.of(ca, place), new Attempt(result, why, now.plus(BEHIND)));
  }

  void worked(RootCA ca, TrustPlace place) {
    attempts.remove(Key.of(ca, place));
  }
}
