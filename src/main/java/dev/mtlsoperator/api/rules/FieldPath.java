package dev.mtlsoperator.api.rules;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A field of a resource, and its values.
 *
 * @param path in the schema: fields joined by dots, {@code [*]} for the items of a list, {@code
 *     {*}} for the values of a map; empty for the resource itself
 * @param values the values of the field in a resource, by their full paths
 */
record FieldPath<R, T>(String path, Function<R, Map<String, T>> values) {

  /** A field that occurs once at most. */
  static <R, T> FieldPath<R, T> of(String path, Function<R, @Nullable T> value) {
    return new FieldPath<>(path, resource -> one(path, value.apply(resource)));
  }

  /** The items of a list that occurs once. */
  static <R, E> FieldPath<R, E> each(String path, Function<R, List<E>> list) {
    return new FieldPath<>(path + "[*]", resource -> indexed(path, list.apply(resource)));
  }

  /** A field below this one. */
  <U> FieldPath<R, U> field(String name, Function<T, @Nullable U> value) {
    String field = "." + name;
    return below(field, (at, item) -> one(at + field, value.apply(item)));
  }

  /** The items of a list below this field. */
  <E> FieldPath<R, E> items(String name, Function<T, @Nullable List<E>> list) {
    String field = "." + name;
    return below(field + "[*]", (at, item) -> indexed(at + field, list.apply(item)));
  }

  /** The values of a map below this field. */
  FieldPath<R, String> entries(String name, Function<T, @Nullable Map<String, String>> map) {
    String field = "." + name;
    return below(
        field + "{*}",
        (at, item) -> {
          Map<String, String> entries = map.apply(item);
          Map<String, String> found = new LinkedHashMap<>();
          if (entries != null) {
            entries.forEach((key, value) -> found.put(at + field + "[" + key + "]", value));
          }
          return found;
        });
  }

  /** Rules for this field. */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  final FieldRules<R, T> rules(SpecRule<T>... rules) {
    return new FieldRules<>(path, values, List.of(rules));
  }

  @FunctionalInterface
  private interface Below<T, U> {
    Map<String, U> of(String at, T item);
  }

  private <U> FieldPath<R, U> below(String field, Below<T, U> below) {
    return new FieldPath<>(
        path + field,
        resource -> {
          Map<String, U> found = new LinkedHashMap<>();
          values.apply(resource).forEach((at, item) -> found.putAll(below.of(at, item)));
          return found;
        });
  }

  private static <E> Map<String, E> indexed(String path, @Nullable List<E> items) {
    Map<String, E> found = new LinkedHashMap<>();
    for (int i = 0; items != null && i < items.size(); i++) {
      found.put(path + "[" + i + "]", items.get(i));
    }
    return found;
  }

  private static <U> Map<String, U> one(String path, @Nullable U value) {
    return value == null ? Map.of() : Map.of(path, value);
  }
}
