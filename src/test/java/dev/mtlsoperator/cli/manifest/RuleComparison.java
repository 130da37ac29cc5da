package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.rules.SpecRules;
import dev.mtlsoperator.api.rules.Violation;
import dev.mtlsoperator.cli.manifest.CrdRules.Judged;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is wrong with a resource, by its CRD and by the rules in Java, in words that must be the
 * same. What the two do not promise to share stands here and nowhere else.
 */
final class RuleComparison {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** Of metadata no CRD can name a field, so that the API server gives no path. */
  private static final String LONG_NAME = "metadata.name of a RootCA has at most";

  /**
   * CEL finds neither common names with escapes nor IPv6 addresses, for want of budget: Java judges
   * these of a literalSubject alone.
   */
  private static final String LITERAL_NAME = "the common name (CN) in literalSubject ";

  private static final Pattern BEYOND_CEL =
      Pattern.compile("(?i)(^|,) *(CN|2\\.5\\.4\\.3)=([^,]*\\\\|[0-9A-F]*:).*", Pattern.DOTALL);

  private RuleComparison() {}

  /**
   * What the API server finds.
   *
   * @param judged is told of each rule that was evaluated
   */
  static Set<Violation> byTheCrd(CrdFixture kind, ObjectNode resource, Consumer<Judged> judged) {
    ObjectNode completed = kind.completed(resource);
    List<CrdBounds.Broken> bounds = kind.broken(completed);
    if (!bounds.isEmpty()) {
      return outOfBounds(bounds);
    }
    Set<Violation> broken = new LinkedHashSet<>();
    for (Judged one : kind.rules().judge(completed, null)) {
      judged.accept(one);
      if (!one.holds()) {
        broken.add(inJavasWords(one));
      }
    }
    return shared(resource, broken);
  }

  /** What is found in a file. */
  static Set<Violation> inAFile(ObjectNode resource) {
    return shared(
        resource,
        Manifests.read("test", text(resource)).problems().stream()
            .map(Manifests.Problem::violation)
            .map(RuleComparison::withoutRemedy)
            .collect(Collectors.toCollection(LinkedHashSet::new)));
  }

  /** The API server does not say what to write instead of a value of another type. */
  private static Violation withoutRemedy(Violation violation) {
    return new Violation(
        violation.path(),
        violation.message().replaceFirst("( in body must be of type [a-z]+): .*", "$1"));
  }

  /** What the operator finds in a resource that was stored. */
  static Set<Violation> byTheOperator(CrdFixture kind, ObjectNode resource) {
    ObjectNode completed = kind.completed(resource);
    List<Violation> found =
        kind == CrdFixture.ROOT_CA
            ? SpecRules.of(SERIALIZATION.convertValue(completed, RootCA.class))
            : SpecRules.of(leaf(kind, completed));
    return shared(resource, new LinkedHashSet<>(found));
  }

  /** A leaf with its defaults. */
  static LeafCert<?> leaf(CrdFixture kind, ObjectNode completed) {
    return (LeafCert<?>) SERIALIZATION.convertValue(completed, kind.type());
  }

  /**
   * Java says only the first duplicate of a list, and none where something else is out of bounds.
   */
  private static Set<Violation> outOfBounds(List<CrdBounds.Broken> bounds) {
    Set<Violation> said = new LinkedHashSet<>();
    Set<String> lists = new HashSet<>();
    boolean others = bounds.stream().anyMatch(broken -> !isDuplicate(broken.violation()));
    for (CrdBounds.Broken broken : bounds) {
      Violation violation = broken.violation();
      String list = violation.path().replaceFirst("\\[[0-9]+]$", "");
      if (!isDuplicate(violation) || (!others && lists.add(list))) {
        said.add(violation);
      }
    }
    return said;
  }

  private static boolean isDuplicate(Violation violation) {
    return violation.message().startsWith("Duplicate value");
  }

  /** Offline nothing is quoted that could move the cursor of a terminal. */
  private static Violation inJavasWords(Judged broken) {
    return new Violation(
        broken.rule().message().startsWith(LONG_NAME) ? "metadata.name" : broken.path(),
        CONTROL.matcher(broken.message()).find() ? broken.rule().message() : broken.message());
  }

  private static Set<Violation> shared(ObjectNode resource, Set<Violation> found) {
    boolean beyond =
        BEYOND_CEL.matcher(resource.at("/spec/literalSubject").asText()).find()
            || found.stream().anyMatch(RuleComparison::isOfLiteralForm);
    if (beyond) {
      found.removeIf(violation -> violation.message().startsWith(LITERAL_NAME));
    }
    return found;
  }

  // Java looks for common names only in what is a distinguished name
  private static boolean isOfLiteralForm(Violation violation) {
    return violation.path().equals("spec.literalSubject")
        && !violation.message().startsWith(LITERAL_NAME);
  }

  private static String text(JsonNode resource) {
    try {
      return JSON.writeValueAsString(resource).replace("\u007f", "\\u007f");
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
