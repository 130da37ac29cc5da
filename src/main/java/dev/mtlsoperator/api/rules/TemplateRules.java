package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.rules.SpecRule.Cel;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The rules for labels and annotations that users add to objects which the operator writes. */
final class TemplateRules {
  static final int LONGEST_LABEL = 63;
  static final int LONGEST_ANNOTATION = 4096;

  private static final int LONGEST_KEY = 317;
  private static final Pattern QUALIFIED_NAME = Pattern.compile(Formats.QUALIFIED_NAME);
  private static final Pattern RESERVED_KEY = Pattern.compile(Formats.RESERVED_KEY);

  static final Cel<Map<String, String>> KEYS =
      keys(
          "k.matches(r\"" + Formats.QUALIFIED_NAME + "\") && size(k) <= " + LONGEST_KEY,
          "must be the key of a label or annotation, such as team or example.com/team",
          // the length first: long keys would overflow the stack of a regular expression
          key -> key.length() <= LONGEST_KEY && QUALIFIED_NAME.matcher(key).matches());

  static final Cel<Map<String, String>> NOT_RESERVED =
      keys(
          "!k.matches(r\"" + Formats.RESERVED_KEY + "\")",
          "is kept for Kubernetes, for this operator, for GitOps tools or for replicators: leave it out",
          key -> !RESERVED_KEY.matcher(key).find());

  static final Cel<String> LABEL_VALUE =
      Cel.form(
          Formats.LABEL_VALUE,
          "must be a label value: at most 63 letters, digits, -, _ and ., a letter or digit at both ends");

  private TemplateRules() {}

  private static Cel<Map<String, String>> keys(
      String celForK, String must, Predicate<String> holds) {
    return Cel.<Map<String, String>>between(
            "", "self.all(k, " + celForK + ")", must, map -> map.keySet().stream().allMatch(holds))
        .quoting(
            "self.filter(k, !(" + celForK + "))[0]",
            map -> map.keySet().stream().filter(holds.negate()).sorted().findFirst().orElse(""));
  }
}
