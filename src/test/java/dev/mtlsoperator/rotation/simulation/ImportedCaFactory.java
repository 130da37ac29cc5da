package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Creates CAs to import, roots and intermediates, with real certificates. */
final class ImportedCaFactory implements CaFactory {
  private static final String SECRET = "input";
  private static final KeyMaterial LEAF_KEY =
      KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));

  /** The content of a Secret to import. */
  record Content(CertificateAuthority authority, CaPath path) {}

  private final Map<CaPath, CertificateAuthority> authorities = new HashMap<>();
  private final Map<X509Certificate, CaPath> issuers = new HashMap<>();
  private Content input;

  ImportedCaFactory(Content input) {
    this.input = input;
  }

  /** Changes the content of the Secret. */
  void importing(Content content) {
    input = content;
  }

  @Override
  public DesiredCertificate imported() {
    authorities.put(input.path(), input.authority());
    return new DesiredCertificate.Import(SECRET, input.path());
  }

  @Override
  public CaPath generation(DesiredCertificate desired, Instant now) {
    return ((DesiredCertificate.Import) desired).path();
  }

  @Override
  public X509Certificate leaf(CertificateTemplate template, Instant now, CaGeneration signer) {
    X509Certificate leaf =
        Objects.requireNonNull(authorities.get(signer.path()))
            .issue(template.request(now, signer.path()), LEAF_KEY.publicKey());
    issuers.put(leaf, signer.path());
    return leaf;
  }

  @Override
  public CaPath issuer(X509Certificate leaf) {
    return Objects.requireNonNull(issuers.get(leaf));
  }

  @Override
  public boolean isAccepted(X509Certificate leaf, List<X509Certificate> trust, Instant now) {
    List<X509Certificate> chain = issuer(leaf).chain();
    X509Certificate last = chain.isEmpty() ? leaf : chain.get(chain.size() - 1);
    return chain.stream().allMatch(c -> isValid(c, now))
        && trust.stream()
            .anyMatch(root -> KeyIdentifiers.namesIssuer(last, root) && isValid(root, now));
  }

  private static boolean isValid(X509Certificate certificate, Instant now) {
    return now.isBefore(certificate.getNotAfter().toInstant());
  }
}
