package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
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
  public record Known(AdditionalEntries entries, Optional<Finding> problem) {
    public static Known none() {
      return new Known(AdditionalEntries.none(), Optional.empty());
    }

    /** Each once, in an order that follows from them. */
    public List<X509Certificate> certificates() {
      return entries.certificates();
    }

    /** Empty: there are none. */
    public String digest() {
      return digest(certificates());
    }

    public static String digest(List<X509Certificate> certificates) {
      return AdditionalCertificates.digest(certificates);
    }
  }

  private record Of(String uid, Known found) {}

  /**
   * What is known of a CA; empty: it was not reconciled yet, or never asked for any. What one that
   * had its name before trusted is nothing to it.
   */
  public Optional<Known> of(RootCA ca) {
    return Optional.ofNullable(known.get(key(ca)))
        .filter(of -> of.uid().equals(ca.getMetadata().getUid()))
        .map(Of::found);
  }

  public void remember(RootCA ca, Known found) {
    known.put(key(ca), new Of(ca.getMetadata().getUid(), found));
  }

  private static String key(RootCA ca) {
    return GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
  }
}
