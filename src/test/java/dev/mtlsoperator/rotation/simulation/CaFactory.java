package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Creates the CAs and certificates of a {@link RotationSimulator}. */
interface CaFactory {

  /** The content of the Secret that the RootCA imports, if it imports one. */
  DesiredCertificate imported();

  /** A CA as requested, with the certification path to its root. */
  CaPath generation(DesiredCertificate desired, Instant now);

  /** Issues a leaf certificate signed by that generation. */
  X509Certificate leaf(CertificateTemplate template, Instant now, CaGeneration signer);

  /** The issuer of a leaf certificate. */
  CaPath issuer(X509Certificate leaf);

  /**
   * Whether verifiers that trust these certificates accept a leaf and the chain that is sent after
   * it.
   */
  boolean isAccepted(X509Certificate leaf, List<X509Certificate> trust, Instant now);
}
