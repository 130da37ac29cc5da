package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/**
 * The CRLs that the generations of one CA signed.
 *
 * @param newest of each generation, by its number; the signature of each is proven
 * @param unlisted revoked certificates that the newest CRL of their generation does not list: those
 *     that were over by then, of which the last to end are remembered, and those on older CRLs if a
 *     newer one was lost
 * @param ends the ends of revoked certificates, by generation and serial number, as far as known
 */
public record KnownCrls(
    SortedMap<Integer, Crl> newest,
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> unlisted,
    Map<Integer, SortedMap<BigInteger, Instant>> ends) {

  /**
   * How many certificates of a generation are remembered after they were over. A line has about 80
   * bytes, and a Secret at most 1 MiB.
   */
  static final int MOST_REMEMBERED = 2_000;

  public KnownCrls {
    newest = Collections.unmodifiableSortedMap(new TreeMap<>(newest));
    ends = copy(ends);
    unlisted = copy(remembered(newest, unlisted, ends));
    ends = copy(needed(newest, unlisted, ends));
  }

  // those that ended first are forgotten first: only a clock ahead of all ends takes them for over
  private static Map<Integer, SortedMap<BigInteger, RevokedCertificate>> remembered(
      SortedMap<Integer, Crl> newest,
      Map<Integer, SortedMap<BigInteger, RevokedCertificate>> unlisted,
      Map<Integer, SortedMap<BigInteger, Instant>> ends) {
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> all = new HashMap<>();
    newest.forEach(
        (number, crl) -> {
          SortedMap<BigInteger, RevokedCertificate> some =
              new TreeMap<>(unlisted.getOrDefault(number, Collections.emptySortedMap()));
          some.keySet().removeAll(crl.entries().keySet());
          Map<BigInteger, Instant> known = ends.getOrDefault(number, Collections.emptySortedMap());
          Set<BigInteger> forgotten =
              some.keySet().stream()
                  .filter(known::containsKey)
                  .sorted(Comparator.comparing(known::get, Comparator.reverseOrder()))
                  .skip(MOST_REMEMBERED)
                  .collect(Collectors.toSet());
          some.keySet().removeAll(forgotten);
          if (!some.isEmpty()) {
            all.put(number, some);
          }
        });
    return all;
  }

  private static Map<Integer, SortedMap<BigInteger, Instant>> needed(
      SortedMap<Integer, Crl> newest,
      Map<Integer, SortedMap<BigInteger, RevokedCertificate>> unlisted,
      Map<Integer, SortedMap<BigInteger, Instant>> ends) {
    Map<Integer, SortedMap<BigInteger, Instant>> all = new HashMap<>();
    newest.forEach(
        (number, crl) -> {
          SortedMap<BigInteger, Instant> some =
              new TreeMap<>(ends.getOrDefault(number, Collections.emptySortedMap()));
          Map<BigInteger, RevokedCertificate> others =
              unlisted.getOrDefault(number, Collections.emptySortedMap());
          some.keySet()
              .removeIf(
                  serial -> !crl.entries().containsKey(serial) && !others.containsKey(serial));
          if (!some.isEmpty()) {
            all.put(number, some);
          }
        });
    return all;
  }

  private static <T> Map<Integer, SortedMap<BigInteger, T>> copy(
      Map<Integer, SortedMap<BigInteger, T>> all) {
    Map<Integer, SortedMap<BigInteger, T>> copy = new HashMap<>();
    all.forEach(
        (number, some) -> copy.put(number, Collections.unmodifiableSortedMap(new TreeMap<>(some))));
    return Collections.unmodifiableMap(copy);
  }

  /** Some of these CRLs, chosen by generation. */
  public KnownCrls only(BiPredicate<Integer, Crl> wanted) {
    SortedMap<Integer, Crl> some = new TreeMap<>(newest);
    some.entrySet().removeIf(of -> !wanted.test(of.getKey(), of.getValue()));
    return new KnownCrls(some, Map.of(), Map.of());
  }

  public static KnownCrls none() {
    return new KnownCrls(Collections.emptySortedMap(), Map.of(), Map.of());
  }

  /** The newest CRL of a generation. */
  public Optional<Crl> of(int generation) {
    return Optional.ofNullable(newest.get(generation));
  }

  /** The highest number of all; zero: there is none. */
  public BigInteger highestNumber() {
    return newest.values().stream()
        .flatMap(crl -> crl.number().stream())
        .max(BigInteger::compareTo)
        .orElse(BigInteger.ZERO);
  }

  /** The revoked certificates of a generation that its newest CRL does not list. */
  public SortedMap<BigInteger, RevokedCertificate> unlistedOf(int generation) {
    return unlisted.getOrDefault(generation, Collections.emptySortedMap());
  }

  /** The known ends of a generation's revoked certificates. */
  public SortedMap<BigInteger, Instant> endsOf(int generation) {
    return ends.getOrDefault(generation, Collections.emptySortedMap());
  }

  /** The same with CRLs that were just signed, by generation. */
  public KnownCrls with(SortedMap<Integer, Crl> signed, Map<Integer, NextCrl> next) {
    SortedMap<Integer, Crl> all = new TreeMap<>(newest);
    all.putAll(signed);
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> allUnlisted = new HashMap<>(unlisted);
    Map<Integer, SortedMap<BigInteger, Instant>> allEnds = new HashMap<>(ends);
    next.forEach(
        (number, crl) -> {
          allUnlisted.put(number, crl.unlisted());
          allEnds.put(number, crl.ends());
        });
    return new KnownCrls(all, allUnlisted, allEnds);
  }

  /** How many certificates they revoke. */
  public int revoked() {
    return newest.values().stream().mapToInt(crl -> crl.entries().size()).sum();
  }
}
