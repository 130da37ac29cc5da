package dev.mtlsoperator.reconcile.ca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a person on call reads of a rotation is true, and a wave writes few statuses. */
final class ReportedRotationTest {

  @Test
  void shouldTellWhyTheLastOneLagsThoughItIsStillOne() {
    RotationStatus last = distributing(1, "ClientCert 'jane' does not hold generation 2 yet");
    RotationStatus now =
        distributing(
            1,
            "ClientCert 'jane' (its truststore.p12: the password cannot be read) does not hold generation 2 yet");

    assertThat(ReportedRotation.isNews(now, last)).isTrue();
    assertThat(ReportedRotation.isNews(last, last)).isFalse();
  }

  @Test
  void shouldNameTheFewThatAreStuckOfMany() {
    RotationStatus last = distributing(5, "a", "b", "c", "d", "e");

    assertThat(ReportedRotation.isNews(distributing(1, "e"), last)).isTrue();
    assertThat(ReportedRotation.isNews(distributing(4, "b", "c", "d", "e"), last)).isTrue();
  }

  @Test
  void shouldTellOfAThousandInFewSteps() {
    RotationStatus last = distributing(1_000, "c0");
    int told = 0;
    for (int pending = 1_000; pending > 0; pending--) {
      RotationStatus now = distributing(pending, "c" + pending);
      if (ReportedRotation.isNews(now, last)) {
        last = now;
        told++;
      }
    }

    assertThat(told).isBetween(20, 60);
  }

  @Test
  void shouldTellEachPhaseAndTheEnd() {
    RotationStatus last = distributing(1, "a");

    assertThat(ReportedRotation.isNews(distributing(0), last)).isTrue();
    assertThat(
            ReportedRotation.isNews(
                new RotationStatus(RotationPhase.Migrating, "then", "next", 1, List.of("a")), last))
        .isTrue();
    assertThat(
            ReportedRotation.isNews(
                new RotationStatus(RotationPhase.Distributing, "then", "other", 1, List.of("a")),
                last))
        .isTrue();
  }

  private static RotationStatus distributing(int pending, String... blockedBy) {
    return new RotationStatus(
        RotationPhase.Distributing, "then", "next", pending, List.of(blockedBy));
  }
}
