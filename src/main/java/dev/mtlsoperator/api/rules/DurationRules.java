package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** The rules for durations, and how CEL calculates with them. */
final class DurationRules {
  private static final Duration SHORTEST_LIFE = Duration.ofHours(1);
  private static final Duration LONGEST_LIFE = Duration.ofDays(36_525);

  static final Length LENGTH = new Length(1, 40);

  static final Cel<String> FORM =
      Cel.form(Durations.FORM, "must be a duration such as 90d, 36h or 1d12h");

  static final Cel<String> LIFE =
      Cel.string(
          ifDuration(
              "self", celSeconds("self") + " >= 3600 && " + celSeconds("self") + " <= 3155760000"),
          "must be between 1h and 36525d (100 years)",
          text ->
              seconds(text)
                  .map(d -> d.compareTo(SHORTEST_LIFE) >= 0 && d.compareTo(LONGEST_LIFE) <= 0)
                  .orElse(true));

  static final Cel<String> NOT_ZERO =
      Cel.string(
          ifDuration("self", celSeconds("self") + " >= 1"),
          "must be at least 1s",
          text -> seconds(text).map(d -> !d.isZero()).orElse(true));

  static final Cel<String> MINUTE =
      Cel.string(
          ifDuration("self", celSeconds("self") + " >= 60"),
          "must be at least 1m: each time every copy is written",
          text -> seconds(text).map(d -> d.compareTo(Duration.ofMinutes(1)) >= 0).orElse(true));

  private static final Pattern DURATION = Pattern.compile(Durations.FORM);

  private DurationRules() {}

  /** Whether the first duration is shorter than the second; true when either is not a duration. */
  static boolean shorter(String first, String second) {
    return shorter(first, 1, second);
  }

  /** Whether {@code times} times the first duration is shorter than the second. */
  static boolean shorter(String first, int times, String second) {
    return seconds(first)
        .flatMap(a -> seconds(second).map(b -> a.multipliedBy(times).compareTo(b) < 0))
        .orElse(true);
  }

  /** {@link #shorter(String, String)} in CEL, for expressions of type string. */
  static String celShorter(String first, String second) {
    return ifDuration(first, ifDuration(second, celSeconds(first) + " < " + celSeconds(second)));
  }

  /** {@link #shorter(String, int, String)} in CEL. */
  static String celShorter(String first, int times, String second) {
    return ifDuration(
        first, ifDuration(second, times + " * " + celSeconds(first) + " < " + celSeconds(second)));
  }

  /** A condition that is evaluated only when an expression is a duration. */
  private static String ifDuration(String expression, String condition) {
    return "!" + expression + ".matches(r\"" + Durations.FORM + "\") || (" + condition + ")";
  }

  private static Optional<Duration> seconds(String text) {
    return DURATION.matcher(text).matches() && !text.isEmpty()
        ? Optional.of(Durations.parse(text))
        : Optional.empty();
  }

  /** The seconds of a duration in CEL. */
  private static String celSeconds(String expression) {
    return "("
        + celPart(expression, "d")
        + " * 86400 + "
        + celPart(expression, "h")
        + " * 3600 + "
        + celPart(expression, "m")
        + " * 60 + "
        + celPart(expression, "s")
        + ")";
  }

  private static String celPart(String expression, String unit) {
    // the zero stands for an absent part
    return "int('0' + " + expression + ".find('[0-9]+" + unit + "').replace('" + unit + "', ''))";
  }
}
