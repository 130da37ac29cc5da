package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import dev.mtlsoperator.secret.trust.TrustNamesakes;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The certificates of {@code additionalTrust} in each CA's trust bundles, as its last
 * reconciliation found them. Leaves read them here, and need no watches on the inputs. They are
 * kept in memory only: after a start, a leaf waits until its CA was reconciled.
 */
public final class AdditionalTrusts {
  private final Map<String, Of> known = new ConcurrentHashMap<>();

  /**
   * The additional certificates of one CA.
   *
   * @param entries which entry of its {@code additionalTrust} provided which certificates
   * @param missing an input that is not available
   * @param leftOut what cannot be used, in words
   * @param namesakes those that verifiers cannot tell from another CA
   * @param crls of other CAs, as their inputs bring them
   * @param withoutCrl CAs that are left out for they have no current CRL, in words
   */
  public record Known(
      AdditionalEntries entries,
      Optional<Finding> missing,
      List<String> leftOut,
      TrustNamesakes namesakes,
      AdditionalRevocations crls,
      List<String> withoutCrl) {
    public Known {
      leftOut = List.copyOf(leftOut);
      withoutCrl = List.copyOf(withoutCrl);
    }

    /** Certificates that verifiers can tell apart, without CRLs. */
    public Known(AdditionalEntries entries, Optional<Finding> missing, List<String> leftOut) {
      this(
          entries,
          missing,
          leftOut,
          TrustNamesakes.none(),
          AdditionalRevocations.none(),
          List.of());
    }

    public static Known none() {
      return new Known(AdditionalEntries.none(), Optional.empty(), List.of());
    }

    /** The certificates, each once, in a deterministic order. */
    public List<X509Certificate> certificates() {
      return entries.certificates();
    }

    /** Digest of the certificates; empty: there are none. */
    public String digest() {
      return digest(certificates());
    }

    public static String digest(List<X509Certificate> certificates) {
      return AdditionalCertificates.digest(certificates);
    }
  }

  private record Of(String uid, Known found) {}

  /**
   * The additional certificates of a CA; empty: it was not reconciled yet, or never asked for any.
   * Those of a former CA with its name do not count.
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
