package dev.mtlsoperator.rotation.ca;

import java.util.List;

/**
 * What is to be done about the further copies of a CA's trust bundle.
 *
 * @param due in words, those that are missing or not current
 * @param surplus in words, ours that the spec does not ask for any more, or that their namespace no
 *     longer takes
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

  /** A few of them by name. */
  static String named(List<String> some) {
    String first = String.join(", ", some.subList(0, Math.min(some.size(), MOST_NAMED)));
    return some.size() > MOST_NAMED
        ? first + " and " + (some.size() - MOST_NAMED) + " more"
        : first;
  }
}
