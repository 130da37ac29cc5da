package dev.mtlsoperator.api;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as users write them: {@code <n>d<n>h<n>m<n>s}, any non-empty subset in that order, such
 * as {@code 90d} or {@code 1d12h}.
 */
public final class Durations {
  /**
   * Their form, for Java and CEL (RE2); the number of digits is limited so that no sum overflows.
   */
  public static final String FORM = "^([0-9]{1,6}d)?([0-9]{1,7}h)?([0-9]{1,9}m)?([0-9]{1,10}s)?$";

  private static final Pattern PATTERN = Pattern.compile(FORM);

  private Durations() {}

  /**
   * Parses a duration.
   *
   * @throws IllegalArgumentException when it does not have that form; the message says how to write
   *     it
   */
  public static Duration parse(String text) {
    Matcher m = PATTERN.matcher(text);
    if (text.isEmpty() || !m.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration: write it as 90d, 36h or 1d12h");
    }
    return Duration.ofDays(part(m.group(1)))
        .plusHours(part(m.group(2)))
        .plusMinutes(part(m.group(3)))
        .plusSeconds(part(m.group(4)));
  }

  private static long part(String group) {
    return group == null ? 0 : Long.parseLong(group.substring(0, group.length() - 1));
  }
}
