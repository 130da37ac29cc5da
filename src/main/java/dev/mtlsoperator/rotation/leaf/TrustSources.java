package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which CA each certificate in a leaf's trust bundle came from, by their places in it. So what is
 * kept while one CA is missing is kept of that one, and of no other.
 *
 * @param byCA none: it is not known
 */
public record TrustSources(SortedMap<CAName, Places> byCA) {
  /** Eight CAs, with all the certificates that a bundle can have. */
  private static final int LONGEST = 16 * 1024;

  private static final Pattern ENTRY =
      Pattern.compile("([a-z0-9.-]{1,63})/([a-z0-9.-]{1,63})=([0-9,]*)\\+([0-9,]*)");
  private static final Pattern NUMBERS = Pattern.compile("|[0-9]{1,4}(,[0-9]{1,4})*");

  public TrustSources {
    byCA = Collections.unmodifiableSortedMap(new TreeMap<>(byCA));
  }

  /**
   * Places in a bundle, from 0.
   *
   * @param own of the CA's generations
   * @param additional of what its {@code additionalTrust} brought
   */
  public record Places(List<Integer> own, List<Integer> additional) {
    public Places {
      own = List.copyOf(own);
      additional = List.copyOf(additional);
    }
  }

  /**
   * What one CA gave.
   *
   * @param own certificates of its generations
   * @param additional what its {@code additionalTrust} brought
   */
  public record Given(List<X509Certificate> own, List<X509Certificate> additional) {
    public Given {
      own = List.copyOf(own);
      additional = List.copyOf(additional);
    }

    static Given nothing() {
      return new Given(List.of(), List.of());
    }

    boolean isNothing() {
      return own.isEmpty() && additional.isEmpty();
    }
  }

  /** It is not known. */
  public static TrustSources unknown() {
    return new TrustSources(Collections.emptySortedMap());
  }

  /**
   * Of a bundle that was put together from what CAs gave; not known where a note of it would be
   * longer than what is read.
   */
  static TrustSources of(List<X509Certificate> bundle, SortedMap<CAName, Given> given) {
    SortedMap<CAName, Places> byCA = new TreeMap<>();
    given.forEach(
        (ca, what) -> {
          if (!what.isNothing()) {
            byCA.put(ca, new Places(places(bundle, what.own()), places(bundle, what.additional())));
          }
        });
    TrustSources sources = new TrustSources(byCA);
    return sources.text().length() > LONGEST ? unknown() : sources;
  }

  private static List<Integer> places(List<X509Certificate> bundle, List<X509Certificate> some) {
    return some.stream().map(bundle::indexOf).filter(place -> place >= 0).toList();
  }

  /** Reads what {@link #text} wrote; anything else says nothing. */
  public static TrustSources parse(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return unknown();
    }
    SortedMap<CAName, Places> byCA = new TreeMap<>();
    for (String entry : text.split(";", -1)) {
      Matcher parts = ENTRY.matcher(entry);
      if (!parts.matches()
          || !NUMBERS.matcher(parts.group(3)).matches()
          || !NUMBERS.matcher(parts.group(4)).matches()) {
        return unknown();
      }
      byCA.put(
          new CAName(parts.group(1), parts.group(2)),
          new Places(numbers(parts.group(3)), numbers(parts.group(4))));
    }
    return new TrustSources(byCA);
  }

  /** To be noted beside the bundle; empty: it is not known. */
  public String text() {
    return byCA.entrySet().stream()
        .map(
            entry ->
                entry.getKey()
                    + "="
                    + text(entry.getValue().own())
                    + "+"
                    + text(entry.getValue().additional()))
        .collect(Collectors.joining(";"));
  }

  public boolean isKnown() {
    return !byCA.isEmpty();
  }

  /** Those that gave something. */
  public Set<CAName> cas() {
    return byCA.keySet();
  }

  /** What a CA gave of a bundle, as far as that can be read. */
  Given of(CAName ca, List<Optional<X509Certificate>> bundle) {
    return Optional.ofNullable(byCA.get(ca))
        .map(places -> new Given(at(bundle, places.own()), at(bundle, places.additional())))
        .orElseGet(Given::nothing);
  }

  private static List<X509Certificate> at(
      List<Optional<X509Certificate>> bundle, List<Integer> places) {
    return places.stream()
        .filter(place -> place < bundle.size())
        .flatMap(place -> bundle.get(place).stream())
        .toList();
  }

  private static String text(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static List<Integer> numbers(String text) {
    return text.isEmpty()
        ? new ArrayList<>()
        : Arrays.stream(text.split(",", -1)).map(Integer::valueOf).toList();
  }
}
