package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Entries;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The rules for labels and annotations that users add to objects which the operator writes. */
final class TemplateRules {
  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_ANNOTATION = 4096;

  private static final int LONGEST_KEY = 317;
  private static final Pattern QUALIFIED_NAME = Pattern.compile(Formats.QUALIFIED_NAME);
  private static final Pattern RESERVED_KEY = Pattern.compile(Formats.RESERVED_KEY);

  static final Cel<Map<String, String>> KEYS =
      keys(
          "k.matches(r\"" + Formats.QUALIFIED_NAME + "\") && size(k) <= " + LONGEST_KEY,
          "must be the key of a label or annotation, such as team or example.com/team",
          // the length first: long keys would overflow the stack of a regular expression
          key -> key.length() <= LONGEST_KEY && QUALIFIED_NAME.matcher(key).matches());

  private static final String RESERVED =
      "is kept for Kubernetes, for this operator, for GitOps tools or for replicators: leave it out, put keys of GitOps tools on the resource itself, and instead of replicating a Secret make a resource in each namespace, or trustBundles of the RootCA for its certificates";

  private static final String CEL_NOT_RESERVED = "!k.matches(r\"" + Formats.RESERVED_KEY + "\")";

  static final Cel<Map<String, String>> NOT_RESERVED =
      keys(CEL_NOT_RESERVED, RESERVED, key -> !RESERVED_KEY.matcher(key).find());

  /** On an object without a key it only says which gateway reads it; Kong requires it. */
  private static final String INGRESS_CLASS = "kubernetes.io/ingress.class";

  /** For the annotations of objects that hold certificates and no key. */
  static final Cel<Map<String, String>> NOT_RESERVED_BUT_CLASS =
      keys(
          "(k == '" + INGRESS_CLASS + "' || " + CEL_NOT_RESERVED + ")",
          RESERVED,
          key -> key.equals(INGRESS_CLASS) || !RESERVED_KEY.matcher(key).find());

  static final Cel<String> LABEL_VALUE =
      Cel.form(
          Formats.LABEL_VALUE,
          "must be a label value: at most 63 letters, digits, -, _ and ., a letter or digit at both ends");

  private TemplateRules() {}

  /**
   * The rules for a field with labels and annotations, except {@link #LABEL_VALUE}.
   *
   * @param most labels, and annotations
   */
  static <R, T> List<FieldRules<R, ?>> at(
      FieldPath<R, T> place,
      Function<T, Map<String, String>> labels,
      Function<T, Map<String, String>> annotations,
      int most) {
    return at(place, labels, annotations, most, NOT_RESERVED);
  }

  /**
   * The same for objects that may have other annotations.
   *
   * @param annotationKeys the rule for the keys of annotations
   */
  static <R, T> List<FieldRules<R, ?>> at(
      FieldPath<R, T> place,
      Function<T, Map<String, String>> labels,
      Function<T, Map<String, String>> annotations,
      int most,
      Cel<Map<String, String>> annotationKeys) {
    return List.of(
        place.field("labels", labels).rules(new Entries(most), KEYS, NOT_RESERVED),
        place.entries("labels", labels).rules(new Length(0, LONGEST_LABEL)),
        place.field("annotations", annotations).rules(new Entries(most), KEYS, annotationKeys),
        place.entries("annotations", annotations).rules(new Length(0, LONGEST_ANNOTATION)));
  }

  private static Cel<Map<String, String>> keys(
      String celForK, String must, Predicate<String> holds) {
    return Cel.<Map<String, String>>between(
            "", "self.all(k, " + celForK + ")", must, map -> map.keySet().stream().allMatch(holds))
        .quoting(
            "self.filter(k, !(" + celForK + "))[0]",
            map -> map.keySet().stream().filter(holds.negate()).sorted().findFirst().orElse(""));
  }
}
