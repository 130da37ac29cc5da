package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Where the CAs and the certificates of a {@link RotationSimulator} come from. */
interface CaFactory {

  /** What the Secret holds that the RootCA imports, if it imports one. */
  DesiredCertificate imported();

  /** A CA as asked for, and the way to its root. */
  CaPath generation(DesiredCertificate desired, Instant now);

  /** A leaf, signed by that generation. */
  X509Certificate leaf(CertificateTemplate template, Instant now, CaGeneration signer);

  /** Who signed a leaf. */
  CaPath issuer(X509Certificate leaf);

  /** Whether those who trust these certificates accept a leaf and what is sent after it. */
  boolean isAccepted(X509Certificate leaf, List<X509Certificate> trust, Instant now);
}
