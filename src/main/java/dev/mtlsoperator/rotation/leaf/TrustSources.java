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
import java.util.stream.Stream;

/**
 * The RootCA that each certificate in a leaf's trust bundle came from, by position. While a RootCA
 * is not available, the leaf keeps what came from that RootCA, and from no other.
 *
 * @param byCA empty if not known
 */
public record TrustSources(SortedMap<CAName, Places> byCA) {
  /** Room for eight RootCAs with as many certificates as a bundle can have. */
  private static final int LONGEST = 16 * 1024;

  private static final Pattern ENTRY =
      Pattern.compile("([a-z0-9.-]{1,63})/([a-z0-9.-]{1,63})=([0-9,]*)\\+([0-9,]*)");
  private static final Pattern NUMBERS = Pattern.compile("|[0-9]{1,4}(,[0-9]{1,4})*");

  public TrustSources {
    byCA = Collections.unmodifiableSortedMap(new TreeMap<>(byCA));
  }

  /**
   * Positions in a bundle, counted from 0.
   *
   * @param own positions of certificates of the RootCA's generations
   * @param additional positions of certificates from its {@code additionalTrust}
   */
  public record Places(List<Integer> own, List<Integer> additional) {
    public Places {
      own = List.copyOf(own);
      additional = List.copyOf(additional);
    }
  }

  /**
   * The certificates that one RootCA gave.
   *
   * @param own those of its generations
   * @param additional those from its {@code additionalTrust}
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

  /** Sources of which nothing is known. */
  public static TrustSources unknown() {
    return new TrustSources(Collections.emptySortedMap());
  }

  /**
   * The sources of a bundle; unknown if the note of them would be longer than what {@link #parse}
   * reads.
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

  /** Reads what {@link #text} wrote; unknown for any other text. */
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

  /** The note on the Secret; empty if the sources are not known. */
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

  /** Whether one RootCA gave the certificates at both positions. */
  boolean isOfOne(int place, int another) {
    return byCA.values().stream()
        .map(given -> Stream.concat(given.own().stream(), given.additional().stream()).toList())
        .anyMatch(places -> places.contains(place) && places.contains(another));
  }

  /** The RootCAs that gave something. */
  public Set<CAName> cas() {
    return byCA.keySet();
  }

  /** The certificates of a bundle that a RootCA gave, as far as they can be read. */
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
