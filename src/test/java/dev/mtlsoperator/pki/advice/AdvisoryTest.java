package dev.mtlsoperator.pki.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AdvisoryTest {
  private static final Advice WORST = new Advice("ed25519", "an Ed25519 key. Use P-256");
  private static final Advice NEXT =
      new Advice("server-life-over-825-days", "more than 825 days. Ask for less");

  @Test
  void shouldNameTheWorstAndTellAll() {
    Advisory advisory = Advisory.of(List.of(WORST, NEXT), Optional.empty());

    assertThat(advisory.reason()).isEqualTo("Ed25519");
    assertThat(new Advisory(List.of(NEXT)).reason()).isEqualTo("ServerLifeOver825Days");
    assertThat(advisory.message())
        .isEqualTo(
            "ed25519: an Ed25519 key. Use P-256\nserver-life-over-825-days: more than 825 days. Ask for less");
    assertThat(Advisory.ids(advisory.message()))
        .containsExactly("ed25519", "server-life-over-825-days");
  }

  @Test
  void shouldHaveReasonsThatKubernetesAccepts() {
    assertThat(AdviceCatalog.ids())
        .allSatisfy(
            id ->
                assertThat(new Advisory(List.of(new Advice(id, "text"))).reason())
                    .matches("[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"));
  }

  @Test
  void shouldBeSilencedByIds() {
    Advisory one = Advisory.of(List.of(WORST, NEXT), Optional.of("ed25519"));
    Advisory both =
        Advisory.of(List.of(WORST, NEXT), Optional.of(" server-life-over-825-days ,ed25519,"));

    assertThat(one.advice()).containsExactly(NEXT);
    assertThat(both.isEmpty()).isTrue();
    // what does not apply now may apply after the next edit
    assertThat(Advisory.of(List.of(), Optional.of("p521, zero-serial")).isEmpty()).isTrue();
  }

  @Test
  void shouldTellOfAnUnknownId() {
    Advisory advisory = Advisory.of(List.of(WORST), Optional.of("ed-25519,x\ny"));

    assertThat(advisory.advice())
        .extracting(Advice::id)
        .containsExactly("ed25519", "unknown-advice");
    assertThat(advisory.message())
        .contains("mtls-operator.dev/accept-advice names 'ed-25519', 'x?y', which is no advice");
    assertThat(Advisory.of(List.of(), Optional.of("typo")).reason()).isEqualTo("UnknownAdvice");
  }

  @Test
  void shouldBeBounded() {
    List<Advice> many =
        Stream.concat(AdviceCatalog.CAS.stream(), AdviceCatalog.LEAVES.stream())
            .map(rule -> new Advice(rule.id(), "x".repeat(2000)))
            .toList();
    String unknown = String.join(",", IntStream.range(0, 500).mapToObj(i -> "x" + i).toList());

    Advisory advisory = Advisory.of(many, Optional.of(unknown));

    assertThat(advisory.message().length()).isLessThan(10_000);
    assertThat(Advisory.ids(advisory.message()))
        .containsAll(AdviceCatalog.ids())
        .contains("unknown-advice");
  }

  @Test
  void shouldDescribeEachRule() {
    Stream.concat(AdviceCatalog.CAS.stream(), AdviceCatalog.LEAVES.stream())
        .forEach(
            rule -> {
              assertThat(rule.id()).matches("[a-z0-9]+(-[a-z0-9]+)*");
              assertThat(rule.sources()).isNotEmpty();
              assertThat(rule.title()).isNotEmpty();
              assertThat(rule.remedy()).doesNotEndWith(".");
            });
    assertThat(AdviceCatalog.ids()).hasSize(AdviceCatalog.CAS.size() + AdviceCatalog.LEAVES.size());
  }
}
