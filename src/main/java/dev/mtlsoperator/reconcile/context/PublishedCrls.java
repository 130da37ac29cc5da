package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.revocation.Crl;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The CRLs that are served over HTTP, by CA and generation. Kept in memory only: they are public,
 * and their record is in the cluster. Thread-safe.
 *
 * <p>Each replica serves what lies here, a standby too; so this is filled by what the watches bring
 * rather than by what the leader writes.
 */
public final class PublishedCrls {
  private final Map<CAName, SortedMap<Integer, Crl>> byCa = new ConcurrentHashMap<>();

  /**
   * Serves these CRLs of a CA, and none of its others.
   *
   * @param byGeneration the CRL of each generation; their signatures have been verified
   */
  public void publish(CAName ca, SortedMap<Integer, Crl> byGeneration) {
    if (byGeneration.isEmpty()) {
      forget(ca);
    } else {
      byCa.put(ca, Collections.unmodifiableSortedMap(new TreeMap<>(byGeneration)));
    }
  }

  /** Serves none of a CA any more: it is gone, or has no CRLs. */
  public void forget(CAName ca) {
    byCa.remove(ca);
  }

  /** The CRL of one generation. */
  public Optional<Crl> find(CAName ca, int generation) {
    return Optional.ofNullable(of(ca).get(generation));
  }

  /** All CRLs of a CA by generation; it cannot be changed. */
  public SortedMap<Integer, Crl> of(CAName ca) {
    return byCa.getOrDefault(ca, Collections.emptySortedMap());
  }
}
