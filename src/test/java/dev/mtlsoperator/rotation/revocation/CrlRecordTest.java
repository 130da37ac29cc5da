package dev.mtlsoperator.rotation.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.rotation.revocation.RevocationFacts.RecordState;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the rules make of a record that cannot be written, and of one that is lost. */
final class CrlRecordTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  @Test
  void shouldTryARefusedRecordAgain() {
    assertThat(new CrlRules(facts(RecordState.REFUSED, BigInteger.ZERO), NOW).next())
        .contains(NOW.plus(Duration.ofMinutes(1)));
  }

  @Test
  void shouldNotComeBackForACurrentRecord() {
    assertThat(new CrlRules(facts(RecordState.CURRENT, BigInteger.ZERO), NOW).next()).isEmpty();
  }

  @Test
  void shouldTellThatCrlsAreLost() {
    assertThat(facts(RecordState.CURRENT, BigInteger.ZERO).loss()).isEmpty();
    assertThat(facts(RecordState.CURRENT, BigInteger.TEN).loss())
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .contains("CRLs up to number 10 were signed", "spec.revocation.serialNumbers"));
  }

  private static RevocationFacts facts(RecordState record, BigInteger reported) {
    return new RevocationFacts(
        Optional.of(new CrlPlan(Duration.ofDays(30), Duration.ofDays(3))),
        "uid",
        List.of(),
        List.of(),
        Set.of(),
        KnownCrls.none(),
        RevocationRequests.none(),
        record,
        reported);
  }
}
