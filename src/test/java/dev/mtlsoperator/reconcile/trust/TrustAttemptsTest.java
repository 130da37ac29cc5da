package dev.mtlsoperator.reconcile.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.reconcile.trust.TrustAttempts.Attempt;
import dev.mtlsoperator.reconcile.trust.TrustAttempts.Result;
import dev.mtlsoperator.secret.trust.TrustPlace;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How long a place is left alone, and when it is looked at again. */
final class TrustAttemptsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant SOON = NOW.plusSeconds(29);
  private static final Instant LATER = NOW.plusSeconds(30);
  private static final RootCA CA = aRootCA();
  private static final TrustPlace PLACE = TrustPlace.in("there", TrustBundleKind.ConfigMap, "copy");

  private final TrustAttempts attempts = new TrustAttempts();

  @Test
  void shouldRepairOnceAtOnceAndThenTakeItsTime() {
    // when: it is made, and a moment later made again
    attempts.made(CA, PLACE, "content", NOW);
    boolean heldAfterOne = attempts.isHeld(CA, PLACE, SOON);
    boolean waitedForAfterOne = attempts.next(CA, SOON).isPresent();
    attempts.made(CA, PLACE, "content", SOON);

    // then
    assertThat(heldAfterOne).isFalse();
    assertThat(waitedForAfterOne).isFalse();
    assertThat(attempts.isHeld(CA, PLACE, SOON.plusSeconds(29))).isTrue();
    assertThat(attempts.isHeld(CA, PLACE, SOON.plusSeconds(30))).isFalse();
    assertThat(attempts.next(CA, SOON)).contains(SOON.plusSeconds(30));
  }

  @Test
  void shouldMindNothingWhenTheSpecIsEdited() {
    // given
    attempts.refused(CA, PLACE, "no", NOW);
    RootCA edited = aRootCA();
    edited.getMetadata().setGeneration(2L);

    // then
    assertThat(attempts.at(CA, PLACE, SOON)).map(Attempt::result).contains(Result.REFUSED);
    assertThat(attempts.at(edited, PLACE, SOON)).isEmpty();
    assertThat(attempts.next(edited, SOON)).isEmpty();
  }

  @Test
  void shouldWaitOnlyForWhatNobodyElseCanHoldUp() {
    // given
    TrustPlace own = TrustPlace.in("shop", TrustBundleKind.ConfigMap, "copy");

    // when
    attempts.behind(CA, own, "the cache is behind", NOW);
    attempts.behind(CA, PLACE, "the cache is behind", NOW);

    // then
    assertThat(attempts.at(CA, own, NOW)).map(Attempt::result).contains(Result.FAILED);
    assertThat(attempts.at(CA, PLACE, NOW)).map(Attempt::result).contains(Result.REFUSED);
  }

  @Test
  void shouldPutACopyBesideTheCARightSomeTimesAndThenLeaveItAlone() {
    // given
    TrustPlace own = TrustPlace.in("shop", TrustBundleKind.ConfigMap, "copy");

    // when: the same is written again and again
    for (int time = 0; time < 3; time++) {
      attempts.written(CA, own, "content", true, NOW);
    }
    boolean heldBefore = attempts.isHeld(CA, own, NOW);
    attempts.written(CA, own, "content", true, NOW);

    // then
    assertThat(heldBefore).isFalse();
    assertThat(attempts.at(CA, own, NOW)).map(Attempt::result).contains(Result.DISTURBED);
    assertThat(attempts.at(CA, own, NOW)).map(Attempt::content).contains("content");

    // when another content is due
    attempts.written(CA, own, "another", true, NOW);

    // then
    assertThat(attempts.at(CA, own, NOW)).isEmpty();
  }

  @Test
  void shouldWaitForACopyBesideTheCAThatOthersWriteOnlySomeTimes() {
    // given
    TrustPlace own = TrustPlace.in("shop", TrustBundleKind.ConfigMap, "copy");

    // when
    attempts.overtaken(CA, own, NOW);
    attempts.overtaken(CA, PLACE, NOW);

    // then
    assertThat(attempts.at(CA, own, NOW)).map(Attempt::result).contains(Result.FAILED);
    assertThat(attempts.at(CA, PLACE, NOW)).map(Attempt::result).contains(Result.REFUSED);

    // when
    attempts.overtaken(CA, own, NOW);
    attempts.overtaken(CA, own, NOW);

    // then
    assertThat(attempts.at(CA, own, NOW)).map(Attempt::result).contains(Result.REFUSED);
  }

  @Test
  void shouldAskForALookUntilThereWasOne() {
    // given
    attempts.refused(CA, PLACE, "no", NOW);

    // then: what ended after the last look has not been looked at
    assertThat(attempts.next(CA, LATER)).contains(LATER);

    // when
    attempts.expire(CA, LATER);

    // then
    assertThat(attempts.next(CA, LATER)).isEmpty();
  }
}
