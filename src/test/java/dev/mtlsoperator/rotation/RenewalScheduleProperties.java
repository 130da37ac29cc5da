package dev.mtlsoperator.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.Validity;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

final class RenewalScheduleProperties {
  private static final Instant ISSUED = Instant.parse("2026-11-23T12:00:00Z");
  private static final Instant NOT_BEFORE = ISSUED.minus(Validity.BACKDATED);

  @Property(tries = 2_000)
  void shouldNeverRenewSoonerThanATenthOfTheLifeAfterIssue(
      @ForAll("lives") Duration life,
      @ForAll @LongRange(min = 1, max = 3_200_000_000L) long renewBefore,
      @ForAll("uids") String uid) {
    Instant renewal =
        RenewalSchedule.renewalTime(
            NOT_BEFORE, ISSUED.plus(life), Duration.ofSeconds(renewBefore), uid);

    assertThat(Duration.between(ISSUED, renewal)).isGreaterThanOrEqualTo(life.dividedBy(10));
    assertThat(Duration.between(ISSUED, renewal)).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
  }

  @Property(tries = 2_000)
  void shouldRenewBeforeTheEndWhereverThereIsTime(
      @ForAll("lives") Duration life, @ForAll("uids") String uid) {
    Instant renewal = RenewalSchedule.renewalTime(NOT_BEFORE, ISSUED.plus(life), null, uid);

    assertThat(renewal).isBefore(ISSUED.plus(life));
  }

  @Property
  void shouldJitterByAtMostATwentiethOfTheLife(
      @ForAll("lives") Duration life, @ForAll("uids") String uid) {
    Instant end = ISSUED.plus(life);
    Instant renewal = RenewalSchedule.renewalTime(NOT_BEFORE, end, life.dividedBy(3), uid);
    Instant latest = end.minus(life.dividedBy(3));

    assertThat(renewal).isBeforeOrEqualTo(latest);
    assertThat(Duration.between(renewal, latest)).isLessThanOrEqualTo(life.dividedBy(20));
  }

  @Example
  void shouldSpreadResourcesOfOneDay() {
    Duration life = Duration.ofDays(90);

    long different =
        java.util.stream.IntStream.range(0, 1_000)
            .mapToObj(i -> new UUID(7, i).toString())
            .map(uid -> RenewalSchedule.renewalTime(NOT_BEFORE, ISSUED.plus(life), null, uid))
            .distinct()
            .count();

    assertThat(different).isGreaterThan(950);
  }

  @Provide
  Arbitrary<Duration> lives() {
    return Arbitraries.longs().between(240, 3_155_760_000L).map(Duration::ofSeconds);
  }

  @Provide
  Arbitrary<String> uids() {
    return Arbitraries.create(() -> UUID.randomUUID().toString());
  }
}
