package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/** What work costs the thread that does it, however busy the machine is. */
public final class CpuTime {
  /** What anything that others write may cost at any place where it is read. */
  private static final Duration BOUND = Duration.ofMillis(50);

  /** Only what is slow needs many: on a busy core each costs more, and compilers come late. */
  private static final int TRIES = 30;

  private CpuTime() {}

  /** Once to warm up, then the best of some: collectors and compilers have threads of their own. */
  public static void assertLittle(Runnable work) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    work.run();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < TRIES && best > BOUND.toNanos(); i++) {
      long before = threads.getCurrentThreadCpuTime();
      work.run();
      best = Math.min(best, threads.getCurrentThreadCpuTime() - before);
    }
    assertThat(Duration.ofNanos(best)).isLessThanOrEqualTo(BOUND);
  }
}
