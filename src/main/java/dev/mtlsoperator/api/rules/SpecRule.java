package dev.mtlsoperator.api.rules;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A rule for values of one type, defined twice with one message: for the API server (schema or CEL,
 * from which the CRDs are generated) and in Java.
 */
sealed interface SpecRule<T> {
  /** The violations of a value at {@code path}; empty: the rule holds. */
  List<Violation> check(String path, T value);

  /** Length of a string in characters (code points): minLength and maxLength of the schema. */
  record Length(int min, int max) implements SpecRule<String> {
    @Override
    public List<Violation> check(String path, String value) {
      int length = value.codePointCount(0, value.length());
      if (length > max) {
        return List.of(
            new Violation(path, "Too long: may not be more than " + max + " characters"));
      }
      return length < min
          ? List.of(new Violation(path, "should be at least " + min + " chars long"))
          : List.of();
    }
  }

  /** The greatest number of items in a list: maxItems of the schema. */
  record Items<E>(int max) implements SpecRule<List<E>> {
    @Override
    public List<Violation> check(String path, List<E> value) {
      return value.size() > max
          ? List.of(
              new Violation(
                  path, "Too many: " + value.size() + ": must have at most " + max + " items"))
          : List.of();
    }
  }

  /** The greatest number of entries in a map: maxProperties of the schema. */
  record Entries(int max) implements SpecRule<Map<String, String>> {
    @Override
    public List<Violation> check(String path, Map<String, String> value) {
      return value.size() > max
          ? List.of(
              new Violation(
                  path, "Too many: " + value.size() + ": must have at most " + max + " items"))
          : List.of();
    }
  }

  /**
   * A list without duplicates.
   *
   * @param keys the fields of an entry that is an object, all of them: list type "map" of the
   *     schema; empty: entries are values, list type "set"
   * @param quoted an entry as the API server quotes it
   */
  record Unique<E>(List<String> keys, Function<E, String> quoted) implements SpecRule<List<E>> {
    Unique() {
      this(List.of(), entry -> "\"" + entry + "\"");
    }

    @Override
    public List<Violation> check(String path, List<E> value) {
      Set<E> seen = new HashSet<>();
      for (int i = 0; i < value.size(); i++) {
        E entry = value.get(i);
        if (!seen.add(entry)) {
          return List.of(
              new Violation(path + "[" + i + "]", "Duplicate value: " + quoted.apply(entry)));
        }
      }
      return List.of();
    }
  }

  /**
   * A rule in CEL.
   *
   * @param at the field that the violation names, relative to the value, such as {@code .size};
   *     empty: the value itself
   * @param cel true when the rule holds for {@code self}
   * @param offender what is quoted before the message; null: nothing
   * @param message what is required; without double quotes and backslashes
   * @param holds the same as {@code cel}, in Java
   */
  record Cel<T>(
      String at, String cel, @Nullable Offender<T> offender, String message, Predicate<T> holds)
      implements SpecRule<T> {

    /** The part of a value that the message quotes, in CEL and in Java. */
    record Offender<T>(String cel, Function<T, String> java) {}

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /** A string that matches one of {@link Formats}. */
    static Cel<String> form(String regex, String must) {
      Pattern pattern = Pattern.compile(regex);
      return string(
          "self.matches(r\"" + regex + "\")", must, text -> pattern.matcher(text).matches());
    }

    /** A rule for a string, which is quoted in the message. */
    static Cel<String> string(String cel, String must, Predicate<String> holds) {
      return new Cel<>("", cel, new Offender<>("self", text -> text), must, holds);
    }

    /** A rule that relates several fields, reported at one of them. */
    static <T> Cel<T> between(String at, String cel, String message, Predicate<T> holds) {
      return new Cel<>(at, cel, null, message, holds);
    }

    Cel<T> quoting(String celValue, Function<T, String> javaValue) {
      return new Cel<>(at, cel, new Offender<>(celValue, javaValue), message, holds);
    }

    /** The message as a CEL expression; null: the message is constant. */
    @Nullable String messageExpression() {
      return offender == null ? null : "\"'\" + " + offender.cel() + " + \"' " + message + "\"";
    }

    @Override
    public List<Violation> check(String path, T value) {
      if (holds.test(value)) {
        return List.of();
      }
      String full = path.isEmpty() ? at.replaceFirst("^\\.", "") : path + at;
      String quoted = offender == null ? "" : offender.java().apply(value);
      // like the API server, which quotes nothing in a message of several lines
      boolean plain = offender == null || CONTROL.matcher(quoted).find();
      return List.of(new Violation(full, plain ? message : "'" + quoted + "' " + message));
    }
  }

  /** A rule for updates, which only the API server can check: it has the old and the new value. */
  record Transition<T>(String at, String cel, String message) implements SpecRule<T> {
    @Override
    public List<Violation> check(String path, T value) {
      return List.of();
    }
  }
}
