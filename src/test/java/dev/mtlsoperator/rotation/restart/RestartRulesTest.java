package dev.mtlsoperator.rotation.restart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.rotation.restart.RestartRules.Seen;
import dev.mtlsoperator.rotation.restart.RestartRules.Step;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a workload restarts because of a Secret. */
final class RestartRulesTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // consent, note, template, step
        "web-tls, -, -, NOTE",
        "web-tls, new, -, CURRENT",
        "web-tls, new, new, CURRENT",
        "web-tls, old, -, RESTART",
        "web-tls, old, old, RESTART",
        // a roll-back brings an old template, whose pods start with the new content
        "web-tls, new, old, CURRENT",
        // what removes annotations leaves the template's, or nothing
        "web-tls, -, new, CURRENT",
        "web-tls, -, old, RESTART",
        // a restart was asked for and its note lost
        "web-tls, old, new, RESTART",
        "-, old, old, NOT_AVAILABLE",
        "other, old, old, NOT_AVAILABLE",
        "'', old, old, NOT_AVAILABLE",
      })
  void shouldDecideByTheNote(String consent, String note, String template, Step step) {
    assertThat(
            RestartRules.decide(
                Optional.of(
                    new Seen(
                        Optional.ofNullable(consent),
                        Optional.ofNullable(note),
                        Optional.ofNullable(template))),
                "web-tls",
                "new"))
        .isEqualTo(step);
  }

  @Test
  void shouldNotTellAMissingOneFromOneThatDoesNotAgree() {
    assertThat(RestartRules.decide(Optional.empty(), "web-tls", "new"))
        .isEqualTo(Step.NOT_AVAILABLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "web-tls", "a,web-tls", " a , web-tls ", "a,*", ",web-tls,"})
  void shouldReadConsent(String consent) {
    assertThat(step(consent)).isEqualTo(Step.NOTE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", ",", "true", "web", "web-tls2", "web-*", "WEB-TLS", "**", "web-tls;a"})
  void shouldReadNothingElseAsConsent(String consent) {
    assertThat(step(consent)).isEqualTo(Step.NOT_AVAILABLE);
  }

  @Test
  void shouldNameOneAnnotationForEachSecret() {
    // given
    String longest = "a".repeat(55);
    String longer = "a".repeat(200);

    // when, then
    assertThat(RestartRules.annotation("web-tls")).isEqualTo("mtls-operator.dev/secret.web-tls");
    assertThat(RestartRules.annotation(longest)).isEqualTo("mtls-operator.dev/secret." + longest);
    assertThat(RestartRules.annotation(longer))
        .matches("mtls-operator\\.dev/secret\\.a{39}-[0-9a-f]{16}")
        .isNotEqualTo(RestartRules.annotation(longer + "b"));
    // what Kubernetes takes
    assertThat(RestartRules.annotation("a".repeat(253)).split("/", -1)[1]).hasSize(63);
  }

  private static Step step(String consent) {
    return RestartRules.decide(
        Optional.of(new Seen(Optional.of(consent), Optional.empty(), Optional.empty())),
        "web-tls",
        "new");
  }
}
