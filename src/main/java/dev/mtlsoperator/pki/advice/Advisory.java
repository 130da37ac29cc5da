package dev.mtlsoperator.pki.advice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is to be said about one resource: the advice that its owner has not accepted, worst first.
 *
 * @param advice empty: nothing
 */
public record Advisory(List<Advice> advice) {
  /** The others are named by their ids. */
  private static final int MOST_TOLD = 4;

  private static final int MOST_UNKNOWN = 3;
  private static final int LONGEST_UNKNOWN = 64;
  private static final String ALSO = "also: ";
  private static final Pattern IDS = Pattern.compile("(?m)^(?:also: (.+)$|([a-z0-9-]+): )");

  public Advisory {
    advice = List.copyOf(advice);
  }

  /** Nothing to say. */
  public static Advisory none() {
    return new Advisory(List.of());
  }

  /**
   * What is left of some advice.
   *
   * @param found worst first
   * @param accepted the ids that the owner accepts, separated by commas; one that no rule has is
   *     told, since it silences nothing
   */
  public static Advisory of(List<Advice> found, Optional<String> accepted) {
    List<String> ids =
        accepted.stream()
            .flatMap(text -> Arrays.stream(text.split(",", -1)))
            .map(String::strip)
            .filter(id -> !id.isEmpty())
            .distinct()
            .toList();
    return new Advisory(
        Stream.concat(
                found.stream().filter(one -> !ids.contains(one.id())),
                unknown(ids.stream().filter(id -> !AdviceCatalog.ids().contains(id)).toList())
                    .stream())
            .toList());
  }

  private static Optional<Advice> unknown(List<String> ids) {
    return ids.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Advice(
                AdviceCatalog.UNKNOWN,
                "the annotation mtls-operator.dev/accept-advice names "
                    + ids.stream()
                        .limit(MOST_UNKNOWN)
                        .map(Advisory::printable)
                        .collect(Collectors.joining(", "))
                    + (ids.size() > MOST_UNKNOWN
                        ? " and " + (ids.size() - MOST_UNKNOWN) + " more"
                        : "")
                    + ", which is no advice: docs/compatibility.md lists the ids"));
  }

  private static String printable(String id) {
    String line = id.replaceAll("\\p{Cntrl}", "?");
    return "'"
        + (line.length() > LONGEST_UNKNOWN ? line.substring(0, LONGEST_UNKNOWN) + "…" : line)
        + "'";
  }

  public boolean isEmpty() {
    return advice.isEmpty();
  }

  /** The worst one's id in CamelCase, as the reason of a condition. Not for an empty advisory. */
  public String reason() {
    return Arrays.stream(advice.get(0).id().split("-", -1))
        .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
        .collect(Collectors.joining());
  }

  /** All of it, one a line, of bounded length: those after the worst are named by their ids. */
  public String message() {
    List<String> lines = new ArrayList<>(lines().subList(0, Math.min(MOST_TOLD, advice.size())));
    if (advice.size() > MOST_TOLD) {
      lines.add(
          ALSO + advice.stream().skip(MOST_TOLD).map(Advice::id).collect(Collectors.joining(", ")));
    }
    return String.join("\n", lines);
  }

  /** Each advice as a line. */
  public List<String> lines() {
    return advice.stream().map(Advice::toString).toList();
  }

  /** The ids that a {@link #message} names, so that a change of their set can be told. */
  public static Set<String> ids(String message) {
    Set<String> ids = new LinkedHashSet<>();
    Matcher lines = IDS.matcher(message);
    while (lines.find()) {
      String also = lines.group(1);
      ids.addAll(also == null ? List.of(lines.group(2)) : Arrays.asList(also.split(", ", -1)));
    }
    return ids;
  }
}
