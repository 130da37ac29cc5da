package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * The seal on the ConfigMap of a trust bundle: proves that the operator wrote this bundle, and the
 * notes of its additional certificates, for this RootCA.
 */
final class TrustConfigMapSeal {
  private TrustConfigMapSeal() {}

  /** Whether a ConfigMap bears the seal of that RootCA. */
  static boolean isOn(RootCA ca, ConfigMap found, Seal seal) {
    return isOn(ca.getMetadata().getNamespace(), ca.getMetadata().getName(), found, seal);
  }

  /** The same for a RootCA of which only the name is known. */
  static boolean isOn(String namespace, String rootCA, ConfigMap found, Seal seal) {
    String digest = TrustConfigMap.annotation(found, Keys.ADDITIONAL_TRUST);
    String entries = TrustConfigMap.annotation(found, Keys.ADDITIONAL_ENTRIES);
    return Seal.matches(
        TrustConfigMap.annotation(found, Keys.SEAL),
        of(
            namespace,
            rootCA,
            TrustConfigMap.pem(found),
            digest == null ? "" : digest,
            entries == null ? "" : entries,
            TrustConfigMap.revocations(found),
            seal));
  }

  /** Digest of additional certificates, for the note of them; empty if there are none. */
  static String digest(List<X509Certificate> additional) {
    return additional.isEmpty() ? "" : Digests.of(Pem.write(additional));
  }

  /** The note of the entries of {@code additionalTrust}; empty if there is none. */
  static String entries(RootCA ca, TrustContent content) {
    return content.entries().note(ca.getMetadata().getUid(), content.additional());
  }

  /** The seal of that content. */
  static String of(RootCA ca, TrustContent content, Seal seal) {
    return of(
        ca.getMetadata().getNamespace(),
        ca.getMetadata().getName(),
        content.pem(),
        digest(content.additional()),
        entries(ca, content),
        content.revocations().orElse(""),
        seal);
  }

  // without additional trust, entries or CRLs: the same seal as in releases that did not know them
  private static String of(
      String namespace,
      String rootCA,
      String pem,
      String additional,
      String entries,
      String revocations,
      Seal seal) {
    return seal.ofTrust(
        namespace,
        rootCA,
        Digests.of(pem)
            + (additional.isEmpty() ? "" : "+" + additional)
            + (entries.isEmpty() ? "" : "+" + entries)
            + (revocations.isEmpty() ? "" : "+crl:" + Digests.of(revocations)));
  }
}
