package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.secret.AdditionalCertificates;
import dev.mtlsoperator.secret.AdditionalEntries;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The certificates of others that are in a CA's trust bundles, as its reconciliation found them
 * last: leaves read them here, and need no watches on what they come from. Nothing of it is kept;
 * after a start a leaf waits until its CA was reconciled.
 */
public final class AdditionalTrusts {
  private final Map<String, Of> known = new ConcurrentHashMap<>();

  /**
   * Those of one CA.
   *
   * @param entries which entry of its {@code additionalTrust} brought which
   * @param problem why some of them are not what the spec asks for
   */
  record Known(AdditionalEntries entries, Optional<Finding> problem) {
    static Known none() {
      return new Known(AdditionalEntries.none(), Optional.empty());
    }

    /** Each once, in an order that follows from them. */
    List<X509Certificate> certificates() {
      return entries.certificates();
    }

    /** Empty: there are none. */
    String digest() {
      return digest(certificates());
    }

    static String digest(List<X509Certificate> certificates) {
      return AdditionalCertificates.digest(certificates);
    }
  }

  private record Of(String uid, Known found) {}

  /**
   * What is known of a CA; empty: it was not reconciled yet, or never asked for any. What one that
   * had its name before trusted is nothing to it.
   */
  Optional<Known> of(RootCA ca) {
    return Optional.ofNullable(known.get(key(ca)))
        .filter(of -> of.uid().equals(ca.getMetadata().getUid()))
        .map(Of::found);
  }

  void remember(RootCA ca, Known found) {
    known.put(key(ca), new Of(ca.getMetadata().getUid(), found));
  }

  private static String key(RootCA ca) {
    return Generations.indexKey(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
  }
}
