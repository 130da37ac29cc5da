package dev.mtlsoperator.rotation;

import dev.mtlsoperator.pki.CaPath;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Makes CAs and certificates of paper: see {@link PaperCertificate}. */
final class PaperWorkshop implements Workshop {
  @Override
  public Draft imported() {
    throw new AssertionError("nothing is imported here");
  }

  @Override
  public CaPath generation(Draft draft, Instant now) {
    return CaPath.root(PaperCertificate.ofCA(((Draft.Valid) draft).blueprint(), now));
  }

  @Override
  public X509Certificate leaf(Blueprint blueprint, Instant now, CaGeneration signer) {
    return PaperCertificate.ofLeaf(blueprint, now, signer);
  }

  @Override
  public CaPath issuer(X509Certificate leaf) {
    return CaPath.root(((PaperCertificate) leaf).issuer());
  }

  @Override
  public boolean isAccepted(X509Certificate leaf, List<X509Certificate> trust, Instant now) {
    PaperCertificate issuer = ((PaperCertificate) leaf).issuer();
    return trust.contains(issuer) && now.isBefore(issuer.end());
  }
}
