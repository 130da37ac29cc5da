package dev.mtlsoperator.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.rules.Violation;
import dev.mtlsoperator.cli.manifest.CrdRules.Judged;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * What the API server is told in the CRDs and what stands in Java never part: on random resources
 * of each kind both find the same violations, at the same places, with the same words.
 */
@Tag("once")
final class CelRulesProperties {
  /** Rules by kind and id: seen to hold, seen broken. */
  private static final Map<String, Set<Boolean>> SEEN = new TreeMap<>();

  @Property(tries = 1200, seed = "414", edgeCases = EdgeCasesMode.NONE)
  void shouldJudgeARootCAAlike(@ForAll("rootCAs") ObjectNode resource) {
    shouldAgree(CrdFixture.ROOT_CA, resource);
  }

  @Property(tries = 900, seed = "115", edgeCases = EdgeCasesMode.NONE)
  void shouldJudgeAServerCertAlike(@ForAll("serverCerts") ObjectNode resource) {
    shouldAgree(CrdFixture.SERVER_CERT, resource);
  }

  @Property(tries = 900, seed = "16", edgeCases = EdgeCasesMode.NONE)
  void shouldJudgeAClientCertAlike(@ForAll("clientCerts") ObjectNode resource) {
    shouldAgree(CrdFixture.CLIENT_CERT, resource);
  }

  @Property(tries = 150, seed = "17", edgeCases = EdgeCasesMode.NONE)
  void shouldKeepTheSecretOfAServerCert(
      @ForAll("serverCerts") ObjectNode old, @ForAll("serverCerts") ObjectNode next) {
    shouldKeepTheSecret(CrdFixture.SERVER_CERT, old, next);
  }

  @Property(tries = 150, seed = "18", edgeCases = EdgeCasesMode.NONE)
  void shouldKeepTheSecretOfAClientCert(
      @ForAll("clientCerts") ObjectNode old, @ForAll("clientCerts") ObjectNode next) {
    shouldKeepTheSecret(CrdFixture.CLIENT_CERT, old, next);
  }

  /** A rule that never held, or was never broken, was not compared: the samples lack something. */
  @AfterContainer
  static void shouldHaveSeenEachRuleHoldAndBroken() {
    Set<String> missing = new TreeSet<>();
    for (CrdFixture kind : CrdFixture.ALL) {
      kind.rules()
          .all()
          .forEach(
              rule -> {
                String id = kind + " " + rule.id();
                for (boolean holds : List.of(true, false)) {
                  if (!SEEN.getOrDefault(id, Set.of()).contains(holds)) {
                    missing.add((holds ? "never seen to hold: " : "never seen broken: ") + id);
                  }
                }
              });
    }
    assertThat(missing).isEmpty();
  }

  @Provide
  Arbitrary<ObjectNode> rootCAs() {
    return CrdFixture.ROOT_CA.resources();
  }

  @Provide
  Arbitrary<ObjectNode> serverCerts() {
    return CrdFixture.SERVER_CERT.resources();
  }

  @Provide
  Arbitrary<ObjectNode> clientCerts() {
    return CrdFixture.CLIENT_CERT.resources();
  }

  private static void shouldAgree(CrdFixture kind, ObjectNode resource) {
    // when
    Set<Violation> byTheCrd = RuleComparison.byTheCrd(kind, resource, judged -> saw(kind, judged));

    // then
    assertThat(RuleComparison.inAFile(resource))
        .as("in a file: %s", resource)
        .containsExactlyInAnyOrderElementsOf(byTheCrd);
    if (kind.broken(kind.completed(resource)).isEmpty()) {
      assertThat(RuleComparison.byTheOperator(kind, resource))
          .as("by the operator: %s", resource)
          .containsExactlyInAnyOrderElementsOf(byTheCrd);
    }
  }

  private static void shouldKeepTheSecret(CrdFixture kind, ObjectNode old, ObjectNode next) {
    // given
    ObjectNode before = kind.completed(old);
    ObjectNode after = kind.completed(next);
    Assume.that(kind.broken(before).isEmpty() && kind.broken(after).isEmpty());

    // when
    List<Judged> transitions =
        kind.rules().judge(after, before).stream()
            .filter(judged -> judged.rule().isTransition())
            .toList();

    // then
    transitions.forEach(judged -> saw(kind, judged));
    assertThat(transitions).hasSize(1);
    assertThat(transitions.get(0).holds())
        .isEqualTo(
            RuleComparison.leaf(kind, before)
                .effectiveSecretName()
                .equals(RuleComparison.leaf(kind, after).effectiveSecretName()));
  }

  private static void saw(CrdFixture kind, Judged judged) {
    SEEN.computeIfAbsent(kind + " " + judged.rule().id(), id -> new HashSet<>())
        .add(judged.holds());
  }
}
