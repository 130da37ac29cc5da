package dev.mtlsoperator.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rules at one place of a resource.
 *
 * @param place see {@link Place}
 * @param values see {@link Place}
 */
record Placed<R, T>(String place, Function<R, Map<String, T>> values, List<Rule<T>> rules) {

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, T> Placed<R, T> at(String place, Function<R, @Nullable T> value, Rule<T>... rules) {
    return Place.of(place, value).rules(rules);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, T> Placed<R, T> each(String place, Function<R, List<T>> list, Rule<T>... rules) {
    return Place.each(place, list).rules(rules);
  }

  /** What breaks the schema's bounds. */
  List<Violation> outOfBounds(R resource) {
    return check(resource, rules.stream().filter(rule -> !isCel(rule)).toList());
  }

  /** What breaks the other rules; they expect values within bounds. */
  List<Violation> againstRules(R resource) {
    return check(resource, rules.stream().filter(Placed::isCel).toList());
  }

  private List<Violation> check(R resource, List<Rule<T>> some) {
    List<Violation> found = new ArrayList<>();
    values
        .apply(resource)
        .forEach((path, value) -> some.forEach(rule -> found.addAll(rule.check(path, value))));
    return found;
  }

  private static boolean isCel(Rule<?> rule) {
    return rule instanceof Rule.Cel || rule instanceof Rule.Transition;
  }
}
