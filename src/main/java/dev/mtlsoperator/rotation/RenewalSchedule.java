package dev.mtlsoperator.rotation;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * When a certificate is renewed: {@code renewBefore} its end (a third of its life by default), a
 * little earlier by a jitter that is fixed for each resource, but never sooner after issue than a
 * tenth of its life, and a minute.
 */
public final class RenewalSchedule {
  /** {@code notBefore} lies this far before the issue, for verifiers whose clock is slow. */
  public static final Duration BACKDATED = Duration.ofMinutes(5);

  private static final int SOONEST_PART_OF_LIFE = 10;
  private static final Duration SOONEST = Duration.ofMinutes(1);

  /** One in twenty: at most 5 % of the life. */
  private static final int JITTER_PART_OF_LIFE = 20;

  private RenewalSchedule() {}

  /**
   * The renewal time of one certificate.
   *
   * @param notBefore start of its validity as encoded
   * @param notAfter end of its validity as encoded
   * @param renewBefore null: a third of the actual life
   * @param uid of the resource, the source of the jitter: a thousand resources of one day spread
   *     over days
   */
  public static Instant renewalTime(
      Instant notBefore, Instant notAfter, @Nullable Duration renewBefore, String uid) {
    Instant issued = issuedAt(notBefore, notAfter);
    Duration life = Duration.between(issued, notAfter);
    Duration before = renewBefore == null ? life.dividedBy(3) : renewBefore;
    Instant wanted = notAfter.minus(before).minus(jitter(life, uid));
    Instant soonest = soonest(issued, life);
    return wanted.isBefore(soonest) ? soonest : wanted;
  }

  /** When a certificate was issued, as told by its validity. */
  public static Instant issuedAt(Instant notBefore, Instant notAfter) {
    Instant issued = notBefore.plus(BACKDATED);
    return issued.isBefore(notAfter) ? issued : notBefore;
  }

  private static Instant soonest(Instant issued, Duration life) {
    Duration part = life.dividedBy(SOONEST_PART_OF_LIFE);
    return issued.plus(part.compareTo(SOONEST) < 0 ? SOONEST : part);
  }

  private static Duration jitter(Duration life, String uid) {
    CRC32 crc = new CRC32();
    crc.update(uid.getBytes(StandardCharsets.UTF_8));
    long most = life.dividedBy(JITTER_PART_OF_LIFE).toSeconds();
    // of what was not issued here the end may lie before the start
    return Duration.ofSeconds(most <= 0 ? 0 : crc.getValue() % (most + 1));
  }
}
