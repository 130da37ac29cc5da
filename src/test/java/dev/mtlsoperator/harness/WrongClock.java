package dev.mtlsoperator.harness;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock based on the system's time that a test can advance or set forward or back. */
public final class WrongClock extends Clock {
  private volatile Duration passed = Duration.ZERO;
  private volatile Duration off = Duration.ZERO;

  /** Lets time pass: every clock advances. */
  public void pass(Duration time) {
    passed = passed.plus(time);
  }

  /** Sets only this clock forward or back. */
  public void jump(Duration by) {
    off = off.plus(by);
  }

  /** The clock that does not jump. */
  long nanoTime() {
    return System.nanoTime() + passed.toNanos();
  }

  @Override
  public Instant instant() {
    return Instant.now().plus(passed).plus(off);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
