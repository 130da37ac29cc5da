package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.LabelRequirement;
import dev.mtlsoperator.api.LabelRequirement.Operator;
import dev.mtlsoperator.api.NamespaceSelector;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.Namespaces.From;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The rules of {@link Namespaces}, for any field of that type. */
final class NamespaceRules {
  static final Length LABEL_KEY_LENGTH = new Length(1, 317);
  static final Length LABEL_VALUE_LENGTH = new Length(0, 63);
  static final int MOST_REQUIREMENTS = 16;

  private static final Pattern QUALIFIED_NAME = Pattern.compile(Formats.QUALIFIED_NAME);

  static final Cel<Namespaces> SELECTOR_NEEDED =
      Cel.between(
          ".selector",
          "!has(self.from) || self.from != 'Selector' || (has(self.selector) && ((has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) || (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)))",
          "from: Selector needs a selector with matchLabels or matchExpressions; every namespace is from: All",
          namespaces -> {
            NamespaceSelector selector = namespaces.selector();
            return namespaces.from() != From.Selector
                || (selector != null && !selector.requiresNothing());
          });

  static final Cel<Namespaces> SELECTOR_IN_PLACE =
      Cel.between(
          ".selector",
          "(has(self.from) && self.from == 'Selector') || !has(self.selector)",
          "a selector counts only with from: Selector: write that, or leave the selector out",
          namespaces -> namespaces.from() == From.Selector || namespaces.selector() == null);

  static final Cel<Map<String, String>> LABEL_KEYS =
      Cel.<Map<String, String>>between(
              "",
              "self.all(k, k.matches(r\"" + Formats.QUALIFIED_NAME + "\") && size(k) <= 317)",
              "must be the key of a label, such as team or example.com/team",
              labels -> labels.keySet().stream().allMatch(NamespaceRules::isLabelKey))
          .quoting(
              "self.filter(k, !(k.matches(r\""
                  + Formats.QUALIFIED_NAME
                  + "\") && size(k) <= 317))[0]",
              labels ->
                  labels.keySet().stream()
                      .filter(key -> !isLabelKey(key))
                      .sorted()
                      .findFirst()
                      .orElse(""));

  static final Cel<String> LABEL_KEY =
      Cel.form(
          Formats.QUALIFIED_NAME, "must be the key of a label, such as team or example.com/team");

  static final Cel<String> LABEL_VALUE =
      Cel.form(
          Formats.LABEL_VALUE,
          "must be a label value: at most 63 letters, digits, -, _ and ., a letter or digit at both ends");

  static final Cel<LabelRequirement> VALUES =
      Cel.between(
          ".values",
          "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
          "In and NotIn need values, Exists and DoesNotExist have none",
          requirement ->
              (requirement.operator() == Operator.In || requirement.operator() == Operator.NotIn)
                  != requirement.values().isEmpty());

  private NamespaceRules() {}

  /**
   * All rules for a field.
   *
   * @param most labels, requirements and values of each
   */
  static List<FieldRules<RootCA, ?>> at(FieldPath<RootCA, Namespaces> place, int most) {
    FieldPath<RootCA, NamespaceSelector> selector = place.field("selector", Namespaces::selector);
    FieldPath<RootCA, LabelRequirement> requirement = requirements(place);
    return List.of(
        place.rules(SELECTOR_NEEDED, SELECTOR_IN_PLACE),
        selector
            .field("matchLabels", NamespaceSelector::matchLabels)
            .rules(new SpecRule.Entries(most), LABEL_KEYS),
        selector
            .entries("matchLabels", NamespaceSelector::matchLabels)
            .rules(LABEL_VALUE_LENGTH, LABEL_VALUE),
        selector
            .field("matchExpressions", NamespaceSelector::matchExpressions)
            .rules(new Items<LabelRequirement>(most)),
        requirement.rules(VALUES),
        requirement.field("key", LabelRequirement::key).rules(LABEL_KEY_LENGTH, LABEL_KEY),
        requirement.field("values", LabelRequirement::values).rules(new Items<String>(most)),
        requirement
            .items("values", LabelRequirement::values)
            .rules(LABEL_VALUE_LENGTH, LABEL_VALUE));
  }

  /** The requirements of the field's selector. */
  static FieldPath<RootCA, LabelRequirement> requirements(FieldPath<RootCA, Namespaces> place) {
    return place
        .field("selector", Namespaces::selector)
        .items("matchExpressions", NamespaceSelector::matchExpressions);
  }

  private static boolean isLabelKey(String key) {
    return key.length() <= 317 && QUALIFIED_NAME.matcher(key).matches();
  }
}
