package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.CrlRecord;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * The CRLs that are served over HTTP, by CA and generation: those of the sealed records in the
 * cache. A standby has them as well as the leader, and they end with their RootCA. Thread-safe.
 */
public final class PublishedCrls {
  /** Records that are kept parsed. */
  private static final int MOST_KEPT = 64;

  private final Function<CAName, Optional<Secret>> records;
  private final Seal seal;
  private final Map<CAName, Parsed> parsed = RecentlyUsed.atMost(MOST_KEPT);

  private record Parsed(String digest, SortedMap<Integer, Crl> crls) {}

  /** Reads the records from the caches of the controller of RootCAs. */
  public PublishedCrls(SharedWatches watches, Seal seal) {
    this(
        ca -> watches.ofRootCAs().generations().get(ca.namespace(), CrlRecord.name(ca.name())),
        seal);
  }

  /**
   * Reads records from elsewhere.
   *
   * @param records the Secret under the name of a CA's record, whoever wrote it
   */
  PublishedCrls(Function<CAName, Optional<Secret>> records, Seal seal) {
    this.records = records;
    this.seal = seal;
  }

  /** The CRL of one generation. */
  public Optional<Crl> find(CAName ca, int generation) {
    return Optional.ofNullable(of(ca).get(generation));
  }

  /** All CRLs of a CA by generation. */
  public SortedMap<Integer, Crl> of(CAName ca) {
    return records
        .apply(ca)
        .filter(record -> CrlRecord.isSealed(ca.name(), record, seal))
        .map(record -> parse(ca, record))
        .orElseGet(Collections::emptySortedMap);
  }

  private SortedMap<Integer, Crl> parse(CAName ca, Secret record) {
    String digest = SecretData.digest(record);
    Parsed known = parsed.get(ca);
    if (known == null || !known.digest().equals(digest)) {
      known = new Parsed(digest, CrlRecord.crls(record));
      parsed.put(ca, known);
    }
    return known.crls();
  }
}
