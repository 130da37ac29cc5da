package dev.mtlsoperator.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rules at one place of a resource.
 *
 * @param place the place in the schema: fields joined by dots, {@code [*]} for the items of a list,
 *     {@code {*}} for the values of a map; empty for the resource itself
 * @param values the values that stand there in a resource, by their full paths
 */
record Placed<R, T>(String place, Function<R, Map<String, T>> values, List<Rule<T>> rules) {

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, T> Placed<R, T> at(String place, Function<R, @Nullable T> value, Rule<T>... rules) {
    return new Placed<>(
        place,
        resource -> {
          T found = value.apply(resource);
          return found == null ? Map.of() : Map.of(place, found);
        },
        List.of(rules));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, T> Placed<R, T> each(String place, Function<R, List<T>> list, Rule<T>... rules) {
    return new Placed<>(
        place + "[*]",
        resource -> {
          List<T> items = list.apply(resource);
          Map<String, T> found = new LinkedHashMap<>();
          for (int i = 0; i < items.size(); i++) {
            found.put(place + "[" + i + "]", items.get(i));
          }
          return found;
        },
        List.of(rules));
  }

  /** At a field of each item of a list. */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R, E, T> Placed<R, T> eachField(
      String place,
      String field,
      Function<R, List<E>> list,
      Function<E, @Nullable T> value,
      Rule<T>... rules) {
    return new Placed<>(
        place + "[*]" + field,
        resource -> {
          List<E> items = list.apply(resource);
          Map<String, T> found = new LinkedHashMap<>();
          for (int i = 0; i < items.size(); i++) {
            T at = value.apply(items.get(i));
            if (at != null) {
              found.put(place + "[" + i + "]" + field, at);
            }
          }
          return found;
        },
        List.of(rules));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static <R> Placed<R, String> eachValue(
      String place, Function<R, Map<String, String>> map, Rule<String>... rules) {
    return new Placed<>(
        place + "{*}",
        resource -> {
          Map<String, String> found = new LinkedHashMap<>();
          map.apply(resource).forEach((key, value) -> found.put(place + "." + key, value));
          return found;
        },
        List.of(rules));
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
