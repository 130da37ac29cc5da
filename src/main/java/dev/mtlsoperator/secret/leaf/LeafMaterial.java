package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.pki.key.KeyMaterial;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Everything from which a leaf's files are made.
 *
 * @param certificate of the leaf
 * @param intermediates certificates that are sent after it, without the root
 * @param bundle certificates that the holder trusts
 * @param password present if and only if the layout has keystores
 * @param revocations CRLs in PEM; empty: none
 */
public record LeafMaterial(
    KeyMaterial key,
    X509Certificate certificate,
    List<X509Certificate> intermediates,
    List<X509Certificate> bundle,
    Optional<Layout.PasswordSource> password,
    Optional<String> revocations) {

  public LeafMaterial {
    intermediates = List.copyOf(intermediates);
    bundle = List.copyOf(bundle);
  }

  @Override
  public String toString() {
    return "LeafMaterial[" + certificate.getSubjectX500Principal() + ", key withheld]";
  }
}
