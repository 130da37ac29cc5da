package dev.mtlsoperator.rotation;

import dev.mtlsoperator.pki.Validity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Computes when a certificate is renewed: {@code renewBefore} its end (by default a third of its
 * lifetime), minus a jitter that is fixed for each resource, but not before a tenth of its lifetime
 * and one minute have passed since its issue.
 */
public final class RenewalSchedule {
  private static final int SOONEST_PART_OF_LIFE = 10;
  private static final Duration SOONEST = Duration.ofMinutes(1);

  /** At most one twentieth (5 %) of the lifetime. */
  private static final int JITTER_PART_OF_LIFE = 20;

  private RenewalSchedule() {}

  /**
   * The renewal time of one certificate.
   *
   * @param notBefore start of its validity as encoded
   * @param notAfter end of its validity as encoded
   * @param renewBefore null for a third of the actual lifetime
   * @param uid of the resource, from which the jitter is derived, so that a thousand resources
   *     created on one day spread over several days
   */
  public static Instant renewalTime(
      Instant notBefore, Instant notAfter, @Nullable Duration renewBefore, String uid) {
    Instant issued = Validity.issuedAt(notBefore, notAfter);
    Duration life = Duration.between(issued, notAfter);
    Duration before = renewBefore == null ? life.dividedBy(3) : renewBefore;
    Instant wanted = notAfter.minus(before).minus(jitter(life, uid));
    Instant soonest = soonest(issued, life);
    return wanted.isBefore(soonest) ? soonest : wanted;
  }

  private static Instant soonest(Instant issued, Duration life) {
    Duration part = life.dividedBy(SOONEST_PART_OF_LIFE);
    return issued.plus(part.compareTo(SOONEST) < 0 ? SOONEST : part);
  }

  /**
   * A part of a lifetime, at most a twentieth, that is the same for a resource each time.
   *
   * @param uid of the resource
   */
  public static Duration jitter(Duration life, String uid) {
    CRC32 crc = new CRC32();
    crc.update(uid.getBytes(StandardCharsets.UTF_8));
    long most = life.dividedBy(JITTER_PART_OF_LIFE).toSeconds();
    // certificates made elsewhere may end before they start
    return Duration.ofSeconds(most <= 0 ? 0 : crc.getValue() % (most + 1));
  }
}
