package dev.mtlsoperator.api.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rules for one field of a resource.
 *
 * @param place see {@link FieldPath}
 * @param values see {@link FieldPath}
 */
record FieldRules<R, T>(String place, Function<R, Map<String, T>> values, List<SpecRule<T>> rules) {

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, T> FieldRules<R, T> at(
      String place, Function<R, @Nullable T> value, SpecRule<T>... rules) {
    return FieldPath.of(place, value).rules(rules);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, T> FieldRules<R, T> each(
      String place, Function<R, List<T>> list, SpecRule<T>... rules) {
    return FieldPath.each(place, list).rules(rules);
  }

  /** The violations of the schema's bounds. */
  List<Violation> outOfBounds(R resource) {
    return check(resource, rules.stream().filter(rule -> !isCel(rule)).toList());
  }

  /** The violations of the other rules, which expect values within bounds. */
  List<Violation> againstRules(R resource) {
    return check(resource, rules.stream().filter(FieldRules::isCel).toList());
  }

  private List<Violation> check(R resource, List<SpecRule<T>> some) {
    List<Violation> found = new ArrayList<>();
    values
        .apply(resource)
        .forEach((path, value) -> some.forEach(rule -> found.addAll(rule.check(path, value))));
    return found;
  }

  private static boolean isCel(SpecRule<?> rule) {
    return rule instanceof SpecRule.Cel || rule instanceof SpecRule.Transition;
  }
}
