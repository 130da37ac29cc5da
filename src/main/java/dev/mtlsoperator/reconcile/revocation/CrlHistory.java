package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.secret.ca.CrlRecord;
import java.math.BigInteger;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The CRLs of one CA, gathered from several places. A CRL counts if the signature of one of the
 * CA's generations proves it, wherever it was found; that of a generation that is gone, if the seal
 * of the record does.
 */
final class CrlHistory {
  private final List<CaGeneration> generations;
  private final Instant now;
  private final Map<Integer, Set<Crl>> found = new HashMap<>();
  private final Map<Integer, SortedMap<BigInteger, RevokedCertificate>> unlisted = new HashMap<>();
  private final Map<Integer, SortedMap<BigInteger, Instant>> ends = new HashMap<>();

  /**
   * Gathers the CRLs of a CA. An older record than the last one that was written, or none, is no
   * reason to forget a revocation: each copy of the trust bundle is asked then.
   *
   * @param generations that exist
   * @param remembered what this process signed or proved before
   * @param record as found
   * @param held CRLs next to the trust bundle
   * @param reported the highest number that was ever reported; zero: none
   * @param copies reads the CRLs in all copies of the trust bundle
   */
  static KnownCrls gather(
      List<CaGeneration> generations,
      Optional<KnownCrls> remembered,
      CrlRecord.Found record,
      List<Crl> held,
      BigInteger reported,
      Supplier<List<Crl>> copies,
      Instant now) {
    CrlHistory history = new CrlHistory(generations, now);
    remembered.ifPresent(history::trusted);
    if (record instanceof CrlRecord.Found.Ours ours) {
      history.record(ours);
    }
    held.forEach(history::claimed);
    boolean recorded = record instanceof CrlRecord.Found.Ours ours && ours.sealed();
    boolean lost =
        history.known().highestNumber().compareTo(reported) < 0
            || (!recorded && remembered.isEmpty() && reported.signum() > 0);
    if (!lost) {
      return history.known();
    }
    copies.get().forEach(history::claimed);
    return history.restored();
  }

  /**
   * The CRLs that a start of the operator finds for certain: in the record and in the trust
   * ConfigMap. Other copies are read only if something seems to be lost.
   *
   * @param generations that exist
   * @param record as found
   * @param configMap the CRLs in the trust ConfigMap
   */
  static KnownCrls kept(
      List<CaGeneration> generations, CrlRecord.Found record, List<Crl> configMap, Instant now) {
    return gather(generations, Optional.empty(), record, configMap, BigInteger.ZERO, List::of, now);
  }

  /**
   * The CRLs that verifiers were given, as candidates for the next ones: that of another CA lies
   * nowhere else once its input is gone. After a start the ConfigMap alone does not tell, for
   * somebody may have put an older one back meanwhile.
   *
   * @param configMap those in the trust ConfigMap
   * @param remembered those that this process published last
   * @param published whether the operator gave CRLs to verifiers
   * @param foreign whether the trust bundle may have CAs that are not the operator's
   * @param copies reads the CRLs in all copies of the trust bundle; called only if it has to be
   */
  static List<Crl> held(
      List<Crl> configMap,
      List<Crl> remembered,
      boolean published,
      boolean foreign,
      Supplier<List<Crl>> copies) {
    Set<Crl> all = new LinkedHashSet<>(configMap);
    all.addAll(remembered);
    boolean unsure = foreign && remembered.isEmpty();
    if (published && (all.isEmpty() || unsure)) {
      all.addAll(copies.get());
    }
    return List.copyOf(all);
  }

  /**
   * @param generations that exist
   */
  private CrlHistory(List<CaGeneration> generations, Instant now) {
    this.generations = List.copyOf(generations);
    this.now = now;
  }

  /** CRLs that this process proved or signed before. */
  private void trusted(KnownCrls known) {
    known.newest().forEach(this::prove);
    remember(known);
  }

  /** CRLs in the record. */
  private void record(CrlRecord.Found.Ours record) {
    record
        .crls()
        .newest()
        .forEach(
            (number, crl) -> {
              if (record.sealed() || generations.stream().anyMatch(g -> g.number() == number)) {
                prove(number, crl);
              }
            });
    if (record.sealed()) {
      remember(record.crls());
    }
  }

  /** A CRL that was found somewhere. */
  private void claimed(Crl crl) {
    generations.stream().filter(g -> isProven(g, crl)).forEach(g -> add(g.number(), crl));
  }

  private void prove(int number, Crl crl) {
    List<CaGeneration> named = generations.stream().filter(g -> g.number() == number).toList();
    if (named.isEmpty()) {
      keep(number, crl);
    } else if (named.stream().anyMatch(g -> isProven(g, crl))) {
      add(number, crl);
    }
  }

  // the same CRL lies in several places: its signature is verified once
  private boolean isProven(CaGeneration generation, Crl crl) {
    return found.getOrDefault(generation.number(), Set.of()).contains(crl)
        || crl.isSignedBy(generation.certificate());
  }

  // the last CRL of a generation that is gone
  private void keep(int number, Crl crl) {
    if (now.isBefore(crl.nextUpdate())) {
      add(number, crl);
    }
  }

  private void add(int number, Crl crl) {
    found.computeIfAbsent(number, same -> new LinkedHashSet<>()).add(crl);
  }

  // what no CRL proves
  private void remember(KnownCrls known) {
    merge(known.unlisted(), unlisted);
    merge(known.ends(), ends);
  }

  private static <T> void merge(
      Map<Integer, SortedMap<BigInteger, T>> from, Map<Integer, SortedMap<BigInteger, T>> to) {
    from.forEach(
        (number, some) -> {
          Map<BigInteger, T> all = to.computeIfAbsent(number, same -> new TreeMap<>());
          some.forEach((serial, one) -> all.putIfAbsent(serial, one));
        });
  }

  /** The newest CRL of each generation. */
  private KnownCrls known() {
    return new KnownCrls(newest(), unlisted, ends);
  }

  /** The same with what only older CRLs list, because a newer one was lost. */
  private KnownCrls restored() {
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> older = new HashMap<>();
    found.forEach(
        (number, crls) -> crls.forEach(crl -> merge(Map.of(number, crl.entries()), older)));
    merge(older, unlisted);
    return known();
  }

  private SortedMap<Integer, Crl> newest() {
    SortedMap<Integer, Crl> newest = new TreeMap<>();
    found.forEach(
        (number, crls) ->
            crls.stream()
                .reduce((one, other) -> other.isNewerThan(one) ? other : one)
                .ifPresent(crl -> newest.put(number, crl)));
    return newest;
  }
}
