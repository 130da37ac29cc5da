package dev.mtlsoperator.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cel.common.types.SimpleType;
import dev.mtlsoperator.api.rules.Violation;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Examples of {@link CelRulesProperties}: what CEL and Java once judged differently. */
@Tag("once")
final class CelRulesTest {
  static List<CrdFixture> kinds() {
    return CrdFixture.ALL;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldFindNothingWrongWithTheBases(CrdFixture kind) {
    assertThat(judged(kind, "{}")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldFindRules(CrdFixture kind) {
    assertThat(kind.rules().all()).hasSizeGreaterThan(50);
  }

  @Test
  void shouldRefuseFunctionsThatAreNotSupplied() {
    assertThatThrownBy(
            () -> KubernetesCel.compile("isIP(self)", SimpleType.STRING, SimpleType.BOOL))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("isIP");
  }

  @Test
  void shouldNameTheValueOfAMapAsTheApiServer() {
    assertThat(
            judged(CrdFixture.CLIENT_CERT, "{secretTemplate: {labels: {example.com/team: a/b}}}"))
        .singleElement()
        .asString()
        .startsWith("spec.secretTemplate.labels[example.com/team]: 'a/b' must be a label value");
  }

  @Test
  void shouldNotTakeALineBreakForTheEnd() {
    assertThat(
            judged(CrdFixture.ROOT_CA, "{commonName: null, import: {secretName: \"x-ca-1\\n\"}}"))
        .singleElement()
        .asString()
        .startsWith("spec.import.secretName: must be the name of a Secret");
    assertThat(judged(CrdFixture.CLIENT_CERT, "{dnsNames: [\"1.2\\n\"]}"))
        .singleElement()
        .asString()
        .startsWith("spec.dnsNames[0]: must be a DNS name");
    assertThat(judged(CrdFixture.CLIENT_CERT, "{ipAddresses: [\"::ffff:192.0.2.1\\n\"]}"))
        .singleElement()
        .asString()
        .startsWith("spec.ipAddresses[0]: must be an IPv4 or IPv6 address");
  }

  @Test
  void shouldRefuseNumbersThatNoFieldHolds() {
    ObjectNode resource = CrdFixture.SERVER_CERT.with("{privateKey: {size: 99999999999}}");

    assertThat(RuleComparison.byTheCrd(CrdFixture.SERVER_CERT, resource, rule -> {}))
        .extracting(Violation::path)
        .containsExactly("spec.privateKey.size");
    assertThat(RuleComparison.inAFile(resource))
        .containsExactly(
            new Violation(
                "spec.privateKey.size",
                "not a ServerCert: a field is of the wrong type, or a number is out of range"));
  }

  @Test
  void shouldReadLiteralSubjectsThatTheJdkFailsOn() {
    for (String literal : List.of("CN=x,", "CN=web.example.com;", ",CN=#0", "CN=a\\\\")) {
      assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: \"%s\"}".formatted(literal)))
          .as(literal)
          .singleElement()
          .asString()
          .containsAnyOf(
              "must be an RFC 4514 string",
              "does not begin with an attribute type that is known",
              "has a value in hexadecimal");
    }
  }

  @Test
  void shouldCountTheCharactersOfTheNameOfABundle() {
    // given: 100 characters, each of two chars in Java
    String name = "\ud83d\ude00".repeat(100);

    // when, then
    assertThat(
            judged(
                CrdFixture.ROOT_CA,
                "{trustBundles: [{kind: ClusterTrustBundle, name: \"%s\"}]}".formatted(name)))
        .singleElement()
        .asString()
        .contains("must be the name of an object");
  }

  @Test
  void shouldNotFoldOtherLettersIntoAttributeTypes() {
    assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: \"\u017fT=x,cN=web\"}"))
        .singleElement()
        .asString()
        .contains("does not begin with an attribute type that is known");
    assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: \"sT=x,emailaddress=y,cN=web\"}"))
        .isEmpty();
  }

  @Test
  void shouldBoundTheKeysOfTemplates() {
    assertThat(
            judged(
                CrdFixture.SERVER_CERT,
                "{secretTemplate: {annotations: {%s/x: y}}}".formatted("a".repeat(316))))
        .singleElement()
        .asString()
        .contains("must be the key of a label or annotation");
    assertThat(
            judged(
                CrdFixture.SERVER_CERT,
                "{secretTemplate: {annotations: {%s/x: y}}}".formatted("a".repeat(253))))
        .isEmpty();
  }

  @Test
  void shouldNotOverflowOnTheLongestKeys() {
    // given
    ObjectNode resource = CrdFixture.SERVER_CERT.with("{secretTemplate: {annotations: {}}}");
    ((ObjectNode) resource.at("/spec/secretTemplate/annotations"))
        .put("a.".repeat(50_000) + "a/x", "y");

    // when, then
    assertThat(RuleComparison.byTheOperator(CrdFixture.SERVER_CERT, resource))
        .hasSize(1)
        .isEqualTo(RuleComparison.byTheCrd(CrdFixture.SERVER_CERT, resource, rule -> {}));
  }

  @Test
  void shouldFindEachCommonNameOfALiteralSubject() {
    for (String literal :
        List.of(
            "CN=x,CN=api.example.com",
            "CN=web.example.com,CN=api.example.com",
            "O=a=,CN=api.example.com",
            "O=a\\\\,cn=API.example.com")) {
      assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: '%s'}".formatted(literal)))
          .as(literal)
          .singleElement()
          .asString()
          .contains("looks like a DNS name");
    }
    for (String literal :
        List.of("O=CN=api.example.com", "O=a\\,CN=api.example.com", "CN=x,CN=web.example.com")) {
      assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: '%s'}".formatted(literal)))
          .as(literal)
          .isEmpty();
    }
  }

  @Test
  void shouldTakeForIPv4OnlyWhatIs() {
    assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: CN=999.1.1.1}")).isEmpty();
    assertThat(judged(CrdFixture.SERVER_CERT, "{literalSubject: 'CN=x,CN=192.0.2.1'}"))
        .singleElement()
        .asString()
        .contains("is an IP address");
  }

  /** What both find, which must be the same. */
  private static List<String> judged(CrdFixture kind, String spec) {
    ObjectNode resource = kind.with(spec);
    Set<Violation> byTheCrd = RuleComparison.byTheCrd(kind, resource, rule -> {});
    assertThat(RuleComparison.inAFile(resource)).isEqualTo(byTheCrd);
    assertThat(RuleComparison.byTheOperator(kind, resource)).isEqualTo(byTheCrd);
    return byTheCrd.stream().map(Violation::toString).toList();
  }
}
