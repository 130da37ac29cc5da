package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.name.NamePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The patterns of one field of a signing policy: a name is allowed if one of them matches it.
 *
 * @param field of {@code spec.policy}, for messages
 * @param patterns see {@link NamePattern}
 * @param namespace of the leaf, for patterns that refer to it
 */
record AllowList(String field, List<String> patterns, String namespace) {
  private static final int MOST_SHOWN = 8;

  /**
   * Why a name is refused; empty: it is allowed.
   *
   * @param what the kind of name, for the message
   */
  Optional<String> refusal(String what, String value, Predicate<String> matches) {
    return patterns.stream().anyMatch(matches)
        ? Optional.empty()
        : Optional.of(
            "the policy of its CA does not allow "
                + what
                + " '"
                + value
                + "': "
                + shown()
                + ". Ask for another name, or have spec.policy."
                + field
                + " of the RootCA extended");
  }

  private String shown() {
    if (patterns.isEmpty()) {
      return "its " + field + " list none";
    }
    List<String> first = new ArrayList<>();
    patterns.stream()
        .limit(MOST_SHOWN)
        .map(pattern -> NamePattern.read(pattern, namespace))
        .forEach(first::add);
    if (patterns.size() > MOST_SHOWN) {
      first.add((patterns.size() - MOST_SHOWN) + " more");
    }
    return "its " + field + " list " + String.join(", ", first);
  }
}
