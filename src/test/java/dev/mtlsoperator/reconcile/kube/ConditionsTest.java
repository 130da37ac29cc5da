package dev.mtlsoperator.reconcile.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.pki.advice.Advice;
import dev.mtlsoperator.pki.advice.Advisory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConditionsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Advice ED25519 = new Advice("ed25519", "an Ed25519 key");
  private static final Advice LIFE = new Advice("server-life-over-825-days", "826 days");

  @Test
  void shouldSayNothingWhereThereIsNothingToSay() {
    assertThat(conditions(Advisory.none())).isEmpty();
  }

  @Test
  void shouldShowTheWorstAsTheReason() {
    assertThat(conditions(new Advisory(List.of(ED25519, LIFE))))
        .singleElement()
        .satisfies(
            condition -> {
              assertThat(condition.type()).isEqualTo("Advisory");
              assertThat(condition.status()).isEqualTo(ConditionStatus.TRUE);
              assertThat(condition.reason()).isEqualTo("Ed25519");
              assertThat(condition.message())
                  .contains("ed25519: an Ed25519 key", "server-life-over-825-days: 826 days");
            });
  }

  @Test
  void shouldBeNewsOnceForEachSetOfIds() {
    List<Condition> both = conditions(new Advisory(List.of(ED25519, LIFE)));
    List<Condition> one = conditions(new Advisory(List.of(ED25519)));
    List<Condition> reworded =
        conditions(new Advisory(List.of(new Advice("ed25519", "in other words"))));

    assertThat(Conditions.isNews(one.get(0), List.of())).isTrue();
    assertThat(Conditions.isNews(one.get(0), both)).isTrue();
    // the worst one is the same
    assertThat(Conditions.isNews(both.get(0), one)).isTrue();
    assertThat(Conditions.isNews(reworded.get(0), one)).isFalse();
    assertThat(
            Conditions.isNews(
                conditions(Advisory.of(List.of(ED25519, LIFE), Optional.of("x"))).get(0), both))
        .isTrue();
  }

  private static List<Condition> conditions(Advisory advisory) {
    return new Conditions(List.of(), 1, NOW).advise(advisory).toList();
  }
}
