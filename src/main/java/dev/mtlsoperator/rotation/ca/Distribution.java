package dev.mtlsoperator.rotation.ca;

import java.util.List;

/**
 * Which further copies of a CA's trust bundle need to be written or removed.
 *
 * @param due descriptions of the copies that are missing or not current
 * @param surplus descriptions of managed copies that the spec no longer asks for, or that their
 *     namespace no longer accepts
 */
public record Distribution(List<String> due, List<String> surplus) {
  private static final int MOST_NAMED = 3;

  public Distribution {
    due = List.copyOf(due);
    surplus = List.copyOf(surplus);
  }

  public static Distribution none() {
    return new Distribution(List.of(), List.of());
  }

  /** Lists the first few copies by name and counts the others. */
  static String named(List<String> some) {
    String first = String.join(", ", some.subList(0, Math.min(some.size(), MOST_NAMED)));
    return some.size() > MOST_NAMED
        ? first + " and " + (some.size() - MOST_NAMED) + " more"
        : first;
  }
}
