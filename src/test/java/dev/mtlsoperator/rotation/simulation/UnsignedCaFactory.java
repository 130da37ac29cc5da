package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Creates CAs and certificates without signatures, see {@link UnsignedCertificate}. */
final class UnsignedCaFactory implements CaFactory {
  @Override
  public DesiredCertificate imported() {
    throw new AssertionError("nothing is imported here");
  }

  @Override
  public CaPath generation(DesiredCertificate desired, Instant now) {
    return CaPath.root(
        UnsignedCertificate.ofCA(((DesiredCertificate.Valid) desired).template(), now));
  }

  @Override
  public X509Certificate leaf(CertificateTemplate template, Instant now, CaGeneration signer) {
    return UnsignedCertificate.ofLeaf(template, now, signer);
  }

  @Override
  public CaPath issuer(X509Certificate leaf) {
    return CaPath.root(((UnsignedCertificate) leaf).issuer());
  }

  @Override
  public boolean isAccepted(X509Certificate leaf, List<X509Certificate> trust, Instant now) {
    UnsignedCertificate issuer = ((UnsignedCertificate) leaf).issuer();
    return trust.contains(issuer) && now.isBefore(issuer.end());
  }
}
