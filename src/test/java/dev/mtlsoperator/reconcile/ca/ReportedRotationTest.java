package dev.mtlsoperator.reconcile.ca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a person on call reads of a rotation is true, and a wave writes few statuses. */
final class ReportedRotationTest {

  @Test
  void shouldTellWhyTheLastOneLagsThoughItIsStillOne() {
    RotationStatus first = distributing(1, "ClientCert 'jane' does not hold generation 2 yet");
    RotationStatus then =
        distributing(
            1,
            "ClientCert 'jane' (its truststore.p12: the password cannot be read) does not hold generation 2 yet");

    assertThat(told(first, then, then, then, then)).containsExactly(first, then);
  }

  @Test
  void shouldNameThoseThatAreStuckOfMany() {
    RotationStatus all = distributing(1_000, "a", "b", "992 more");
    RotationStatus stuck = distributing(950, "c", "d", "942 more");

    assertThat(told(all, distributing(975, "b", "c", "967 more"), stuck, stuck, stuck))
        .containsExactly(all, stuck);
    assertThat(told(distributing(20, "a"), distributing(19, "b"), distributing(19, "b")))
        .containsExactly(distributing(20, "a"), distributing(19, "b"));
  }

  @Test
  void shouldTellOfAThousandInFewSteps() {
    List<RotationStatus> looks = new ArrayList<>();
    for (int pending = 1_000; pending > 0; pending--) {
      looks.add(distributing(pending, "c" + pending));
    }

    assertThat(told(looks.toArray(RotationStatus[]::new))).hasSizeBetween(20, 60);
  }

  /** Where certificates move at their own renewals, copies may come while the count stays. */
  @Test
  void shouldBatchWhatComesWhileTheCountStays() {
    List<RotationStatus> looks = new ArrayList<>();
    for (int lacking = 1_000; lacking > 0; lacking--) {
      looks.add(distributing(500, "a", lacking + " more"));
    }
    looks.add(looks.get(looks.size() - 1));

    assertThat(told(looks.toArray(RotationStatus[]::new)))
        .containsExactly(looks.get(0), looks.get(looks.size() - 1));
  }

  @Test
  void shouldTellEachPhaseAndTheEnd() {
    RotationStatus last = distributing(1, "a");
    RotationStatus migrating =
        new RotationStatus(RotationPhase.Migrating, "then", "next", 1, List.of("a"));
    RotationStatus other =
        new RotationStatus(RotationPhase.Migrating, "then", "other", 1, List.of("a"));
    RotationStatus end = new RotationStatus(RotationPhase.Migrating, "then", "other", 0, List.of());

    assertThat(told(last, migrating, other, end)).containsExactly(last, migrating, other, end);
  }

  /** The statuses that are written for what looks see, one after the other. */
  private static List<RotationStatus> told(RotationStatus... looks) {
    List<RotationStatus> told = new ArrayList<>(List.of(looks[0]));
    @Nullable RotationStatus withheld = null;
    for (RotationStatus now : looks) {
      RotationStatus last = told.get(told.size() - 1);
      if (ReportedRotation.isNews(now, last, withheld) && !now.equals(last)) {
        told.add(now);
      }
      withheld = now.equals(told.get(told.size() - 1)) ? null : now;
    }
    return told;
  }

  private static RotationStatus distributing(int pending, String... blockedBy) {
    return new RotationStatus(
        RotationPhase.Distributing, "then", "next", pending, List.of(blockedBy));
  }
}
