package dev.mtlsoperator.api.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ClientCertSpec;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.leaf.ServerCertSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What only values made in Java can show; the rest is told by {@link CorpusTest}. */
final class SpecRulesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void shouldRefuseResourcesWithoutSpec() {
    assertThat(SpecRules.of(new RootCA())).containsExactly(new Violation("spec", "Required value"));
    assertThat(SpecRules.of(new ServerCert()))
        .containsExactly(new Violation("spec", "Required value"));
  }

  @Test
  void shouldRefuseALeafWithoutACA() {
    // given
    ClientCert leaf = new ClientCert();
    leaf.setMetadata(new ObjectMetaBuilder().withName("client").build());
    leaf.setSpec(JSON.convertValue(Map.of("commonName", "client"), ClientCertSpec.class));

    // when, then
    assertThat(SpecRules.of(leaf))
        .containsExactly(new Violation("spec.rootCARef", "Required value"));
  }

  @Test
  @Timeout(10)
  void shouldJudgeBoundsBeforeForms() {
    // given: long enough to overflow the stack of a regular expression
    ClientCert leaf = client("x".repeat(1 << 20), List.of("a".repeat(1 << 20)));

    // when, then
    assertThat(SpecRules.of(leaf))
        .containsExactly(
            new Violation("spec.commonName", "Too long: may not be more than 64 characters"),
            new Violation("spec.dnsNames[0]", "Too long: may not be more than 253 characters"));
  }

  @Test
  @Timeout(10)
  void shouldReadTheLongestNamesQuickly() {
    // given: 100 names of full length, and the longest subject
    String name = ("a".repeat(61) + ".").repeat(4) + "abcd";
    ClientCert leaf =
        client(
            "x".repeat(64),
            IntStream.range(100, 200).mapToObj(i -> i + name.substring(3)).toList());

    // when, then
    for (int i = 0; i < 100; i++) {
      assertThat(SpecRules.of(leaf)).isEmpty();
    }
  }

  @Test
  @Timeout(10)
  void shouldNotOverflowOnTheLongestSubject() {
    for (String value : List.of("x".repeat(1021), "\\20".repeat(340), ",CN=x".repeat(204))) {
      RootCA ca = new RootCA();
      ca.setMetadata(new ObjectMetaBuilder().withName("root").build());
      String literal = value.startsWith(",") ? value.substring(1) : "CN=" + value;
      ca.setSpec(JSON.convertValue(Map.of("literalSubject", literal), RootCASpec.class));
      assertThat(SpecRules.of(ca)).as(literal.substring(0, 10)).isEmpty();
    }
  }

  @Test
  void shouldFindCommonNamesBehindEscapes() {
    // given: what CEL does not see
    ServerCert leaf = new ServerCert();
    leaf.setMetadata(new ObjectMetaBuilder().withName("web").build());
    leaf.setSpec(
        JSON.convertValue(
            Map.of(
                "rootCARef",
                Map.of("name", "root"),
                "literalSubject",
                "O=x\\\\,CN=api\\2Eexample.com",
                "dnsNames",
                List.of("web.example.com")),
            ServerCertSpec.class));

    // when, then
    assertThat(SpecRules.of(leaf))
        .extracting(Violation::path)
        .containsExactly("spec.literalSubject");
  }

  @Test
  void shouldNotDependOnTheLocale() {
    // given
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
    try {
      // when, then
      assertThat(SpecRules.of(client("INDIA.example.com", List.of("india.example.com")))).isEmpty();
    } finally {
      Locale.setDefault(before);
    }
  }

  @Property
  void shouldAcceptEveryHostName(@ForAll("hostNames") String name) {
    assertThat(SpecRules.of(client("client", List.of(name)))).isEmpty();
  }

  @Property
  void shouldAskForNamesThatLookLikeDns(@ForAll("hostNames") String name) {
    if (name.length() <= 64) {
      boolean dotted = name.contains(".");
      assertThat(SpecRules.of(server(name, List.of(name)))).isEmpty();
      assertThat(SpecRules.of(server(name, List.of("other.example"))).isEmpty()).isEqualTo(!dotted);
      // a client's common name is a user's
      assertThat(SpecRules.of(client(name, List.of()))).isEmpty();
    }
  }

  @Property
  void shouldNeverThrow(@ForAll String commonName, @ForAll List<String> dnsNames) {
    assertThat(SpecRules.of(client(commonName, dnsNames)))
        .allMatch(violation -> violation.path().startsWith("spec."));
  }

  @Provide
  Arbitrary<String> hostNames() {
    Arbitrary<String> label =
        Arbitraries.strings()
            .withChars("abcxyz019-")
            .ofMinLength(1)
            .ofMaxLength(12)
            .filter(text -> !text.startsWith("-") && !text.endsWith("-"));
    Arbitrary<String> last = label.filter(text -> !text.chars().allMatch(Character::isDigit));
    return label
        .list()
        .ofMaxSize(4)
        .flatMap(
            labels ->
                last.map(end -> labels.isEmpty() ? end : String.join(".", labels) + "." + end));
  }

  private static ClientCert client(String commonName, List<String> dnsNames) {
    ClientCert leaf = new ClientCert();
    leaf.setMetadata(new ObjectMetaBuilder().withName("client").build());
    leaf.setSpec(JSON.convertValue(named(commonName, dnsNames), ClientCertSpec.class));
    return leaf;
  }

  private static ServerCert server(String commonName, List<String> dnsNames) {
    ServerCert leaf = new ServerCert();
    leaf.setMetadata(new ObjectMetaBuilder().withName("server").build());
    leaf.setSpec(JSON.convertValue(named(commonName, dnsNames), ServerCertSpec.class));
    return leaf;
  }

  private static Map<String, Object> named(String commonName, List<String> dnsNames) {
    return Map.of(
        "rootCARef", Map.of("name", "root"), "commonName", commonName, "dnsNames", dnsNames);
  }
}
