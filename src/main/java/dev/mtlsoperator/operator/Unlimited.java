package dev.mtlsoperator.operator;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;

/**
 * Limits nothing, and keeps nothing: JOSDK's default keeps a counter and a local time for each
 * resource also where it is off.
 */
final class Unlimited implements RateLimiter<Unlimited.State> {
  /** One for all resources. */
  enum State implements RateLimiter.RateLimitState {
    OF_ALL
  }

  @Override
  public Optional<Duration> isLimited(RateLimitState state) {
    return Optional.empty();
  }

  @Override
  public State initState() {
    return State.OF_ALL;
  }
}
