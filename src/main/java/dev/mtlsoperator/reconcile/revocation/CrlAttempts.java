package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What could not be signed or recorded, and is not tried again for a while. In memory only: after a
 * start everything is tried once.
 */
public final class CrlAttempts {
  private static final Duration AGAIN = Duration.ofMinutes(1);

  private final Map<CAName, Refusal> refused = new ConcurrentHashMap<>();
  private final Map<Key, Instant> unable = new ConcurrentHashMap<>();

  private record Refusal(String why, Instant until) {}

  private record Key(CAName ca, int generation) {}

  /** Notes that the record could not be written. */
  void refused(RootCA ca, String why, Instant now) {
    refused.put(CAName.of(ca), new Refusal(why, now.plus(AGAIN)));
  }

  /** Notes that the record was written. */
  void recorded(RootCA ca) {
    refused.remove(CAName.of(ca));
  }

  /** Why the record could not be written a moment ago. */
  public Optional<String> refusal(RootCA ca, Instant now) {
    return Optional.ofNullable(refused.get(CAName.of(ca)))
        .filter(refusal -> now.isBefore(refusal.until()))
        .map(Refusal::why);
  }

  /** Notes that a generation could not sign. */
  void unable(RootCA ca, int generation, Instant now) {
    unable.put(new Key(CAName.of(ca), generation), now.plus(AGAIN));
  }

  /** The generations that could not sign a moment ago. */
  Set<Integer> unable(RootCA ca, Instant now) {
    CAName name = CAName.of(ca);
    Set<Integer> numbers = new HashSet<>();
    unable.values().removeIf(until -> !now.isBefore(until));
    unable.keySet().stream()
        .filter(key -> key.ca().equals(name))
        .forEach(key -> numbers.add(key.generation()));
    return numbers;
  }
}
