package dev.mtlsoperator.api;

import dev.mtlsoperator.api.LabelRequirement.Operator;
import dev.mtlsoperator.api.Namespaces.From;
import dev.mtlsoperator.api.Rule.Cel;
import dev.mtlsoperator.api.Rule.Items;
import dev.mtlsoperator.api.Rule.Length;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of {@link Namespaces}, wherever they stand. */
final class NamespaceRules {
  static final Length LABEL_KEY_LENGTH = new Length(1, 317);
  static final Length LABEL_VALUE_LENGTH = new Length(0, 63);
  static final int MOST_REQUIREMENTS = 16;

  private static final Pattern QUALIFIED_NAME = Pattern.compile(Forms.QUALIFIED_NAME);

  static final Cel<Namespaces> SELECTOR_NEEDED =
      Cel.between(
          ".selector",
          "self.from != 'Selector' || (has(self.selector) && ((has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) || (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)))",
          "from: Selector needs a selector with matchLabels or matchExpressions; every namespace is from: All",
          namespaces -> {
            NamespaceSelector selector = namespaces.selector();
            return namespaces.from() != From.Selector || (selector != null && !selector.isEmpty());
          });

  static final Cel<Namespaces> SELECTOR_IN_PLACE =
      Cel.between(
          ".selector",
          "self.from == 'Selector' || !has(self.selector)",
          "a selector counts only with from: Selector: write that, or leave the selector out",
          namespaces -> namespaces.from() == From.Selector || namespaces.selector() == null);

  static final Cel<Map<String, String>> LABEL_KEYS =
      Cel.<Map<String, String>>between(
              "",
              "self.all(k, k.matches(r\"" + Forms.QUALIFIED_NAME + "\") && size(k) <= 317)",
              "must be the key of a label, such as team or example.com/team",
              labels -> labels.keySet().stream().allMatch(NamespaceRules::isLabelKey))
          .quoting(
              "self.filter(k, !(k.matches(r\""
                  + Forms.QUALIFIED_NAME
                  + "\") && size(k) <= 317))[0]",
              labels ->
                  labels.keySet().stream()
                      .filter(key -> !isLabelKey(key))
                      .sorted()
                      .findFirst()
                      .orElse(""));

  static final Cel<String> LABEL_KEY =
      Cel.form(
          Forms.QUALIFIED_NAME, "must be the key of a label, such as team or example.com/team");

  static final Cel<String> LABEL_VALUE =
      Cel.form(
          Forms.LABEL_VALUE,
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

  /** All of them, for the namespaces at a place that is there once. */
  static List<Placed<RootCA, ?>> at(
      String place, Function<RootCA, @Nullable Namespaces> namespaces) {
    List<Placed<RootCA, ?>> all = new ArrayList<>();
    all.add(Placed.at(place, namespaces, SELECTOR_NEEDED, SELECTOR_IN_PLACE));
    Function<RootCA, @Nullable NamespaceSelector> selector =
        ca -> {
          Namespaces found = namespaces.apply(ca);
          return found == null ? null : found.selector();
        };
    Function<RootCA, Map<String, String>> labels =
        ca -> {
          NamespaceSelector found = selector.apply(ca);
          return found == null ? Map.of() : found.matchLabels();
        };
    all.add(
        Placed.at(
            place + ".selector.matchLabels",
            labels,
            new Rule.Entries(MOST_REQUIREMENTS),
            LABEL_KEYS));
    all.add(
        Placed.eachValue(place + ".selector.matchLabels", labels, LABEL_VALUE_LENGTH, LABEL_VALUE));
    Function<RootCA, List<LabelRequirement>> requirements =
        ca -> {
          NamespaceSelector found = selector.apply(ca);
          return found == null ? List.of() : found.matchExpressions();
        };
    String expressions = place + ".selector.matchExpressions";
    all.add(Placed.at(expressions, requirements, new Items<LabelRequirement>(MOST_REQUIREMENTS)));
    all.add(Placed.each(expressions, requirements, VALUES));
    all.add(
        Placed.eachField(
            expressions, ".key", requirements, LabelRequirement::key, LABEL_KEY_LENGTH, LABEL_KEY));
    all.add(
        Placed.eachField(
            expressions,
            ".values",
            requirements,
            LabelRequirement::values,
            new Items<String>(MOST_REQUIREMENTS)));
    all.add(
        new Placed<>(
            expressions + "[*].values[*]",
            ca -> values(expressions, requirements.apply(ca)),
            List.of(LABEL_VALUE_LENGTH, LABEL_VALUE)));
    return all;
  }

  private static Map<String, String> values(String place, List<LabelRequirement> requirements) {
    Map<String, String> found = new LinkedHashMap<>();
    for (int i = 0; i < requirements.size(); i++) {
      List<String> values = requirements.get(i).values();
      for (int j = 0; j < values.size(); j++) {
        found.put(place + "[" + i + "].values[" + j + "]", values.get(j));
      }
    }
    return found;
  }

  private static boolean isLabelKey(String key) {
    return key.length() <= 317 && QUALIFIED_NAME.matcher(key).matches();
  }
}
