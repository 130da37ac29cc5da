package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The CRLs that the generations of one CA signed.
 *
 * @param newest of each generation, by its number; the signature of each is proven
 * @param lost entries of older CRLs that the newest may lack, by generation: there are some only if
 *     a newer CRL was lost
 * @param ends the ends of revoked certificates, by generation and serial number, as far as known
 */
public record KnownCrls(
    SortedMap<Integer, Crl> newest,
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> lost,
    Map<Integer, SortedMap<BigInteger, Instant>> ends) {

  public KnownCrls {
    newest = Collections.unmodifiableSortedMap(new TreeMap<>(newest));
    lost = copy(lost);
    ends = copy(ends);
  }

  private static <T> Map<Integer, SortedMap<BigInteger, T>> copy(
      Map<Integer, SortedMap<BigInteger, T>> all) {
    Map<Integer, SortedMap<BigInteger, T>> copy = new HashMap<>();
    all.forEach(
        (number, some) -> copy.put(number, Collections.unmodifiableSortedMap(new TreeMap<>(some))));
    return Collections.unmodifiableMap(copy);
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

  SortedMap<BigInteger, RevokedCertificate> lostOf(int generation) {
    return lost.getOrDefault(generation, Collections.emptySortedMap());
  }

  /** The known ends of a generation's revoked certificates. */
  public SortedMap<BigInteger, Instant> endsOf(int generation) {
    return ends.getOrDefault(generation, Collections.emptySortedMap());
  }

  /** The same with CRLs that were just signed, which hold everything that was lost. */
  public KnownCrls with(
      SortedMap<Integer, Crl> signed, Map<Integer, SortedMap<BigInteger, Instant>> theirEnds) {
    SortedMap<Integer, Crl> all = new TreeMap<>(newest);
    all.putAll(signed);
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> stillLost = new HashMap<>(lost);
    stillLost.keySet().removeAll(signed.keySet());
    Map<Integer, SortedMap<BigInteger, Instant>> allEnds = new HashMap<>(ends);
    allEnds.putAll(theirEnds);
    return new KnownCrls(all, stillLost, allEnds);
  }

  /** How many certificates they revoke. */
  public int revoked() {
    return newest.values().stream().mapToInt(crl -> crl.entries().size()).sum();
  }
}
