package dev.mtlsoperator.api.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
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

  /** The values of the field in a resource, to be checked by these rules. */
  Values<T> in(R resource) {
    return new Values<>(values.apply(resource), rules);
  }

  /**
   * The values of a field in one resource.
   *
   * @param byPath see {@link FieldPath}
   */
  record Values<T>(Map<String, T> byPath, List<SpecRule<T>> rules) {
    /** The violations of the schema's bounds. */
    List<Violation> outOfBounds() {
      return check(rule -> !isCel(rule));
    }

    /** The violations of the other rules, which expect values within bounds. */
    List<Violation> againstRules() {
      return check(Values::isCel);
    }

    // for each look at each leaf: most fields are absent, and then nothing is made
    private List<Violation> check(Predicate<SpecRule<?>> which) {
      if (byPath.isEmpty()) {
        return List.of();
      }
      List<Violation> found = new ArrayList<>();
      byPath.forEach(
          (path, value) -> {
            for (SpecRule<T> rule : rules) {
              if (which.test(rule)) {
                found.addAll(rule.check(path, value));
              }
            }
          });
      return found;
    }

    private static boolean isCel(SpecRule<?> rule) {
      return rule instanceof SpecRule.Cel || rule instanceof SpecRule.Transition;
    }
  }
}
