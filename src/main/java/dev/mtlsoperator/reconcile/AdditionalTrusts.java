package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.secret.AdditionalCertificates;
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
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  /**
   * Those of one CA.
   *
   * @param certificates each once, in an order that follows from them
   * @param problem why some of them are not what the spec asks for
   */
  record Known(List<X509Certificate> certificates, Optional<Finding> problem) {
    Known {
      certificates = List.copyOf(certificates);
    }

    static Known none() {
      return new Known(List.of(), Optional.empty());
    }

    /** Empty: there are none. */
    String digest() {
      return digest(certificates);
    }

    static String digest(List<X509Certificate> certificates) {
      return AdditionalCertificates.digest(certificates);
    }
  }

  /** What is known of a CA; empty: it was not reconciled yet, or never asked for any. */
  Optional<Known> of(String namespace, String rootCA) {
    return Optional.ofNullable(known.get(Generations.indexKey(namespace, rootCA)));
  }

  void remember(String namespace, String rootCA, Known found) {
    known.put(Generations.indexKey(namespace, rootCA), found);
  }
}
