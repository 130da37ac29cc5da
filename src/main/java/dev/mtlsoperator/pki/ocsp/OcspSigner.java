package dev.mtlsoperator.pki.ocsp;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeySigner;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * A delegated responder (RFC 6960 section 4.2.2.2): a key of its own with a certificate of the CA,
 * so that the key of the CA is not in memory for each answer. It lives for a week and cannot be
 * revoked, since its certificate says that verifiers need not ask; it is made for one process,
 * which keeps it nowhere.
 */
public final class OcspSigner {
  /** How long whoever reads the key from the process's memory could answer. */
  static final Duration LIFE = Duration.ofDays(7);

  /** Digits of the CA's key identifier in the subject, which tells responders apart in logs. */
  private static final int DIGITS = 8;

  private static final KeyParameters KEY = new KeyParameters(KeyType.ECDSA, 256);

  private final X509Certificate certificate;
  private final KeySigner key;

  private OcspSigner(X509Certificate certificate, KeySigner key) {
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * Makes a key and lets the CA sign its certificate, which does not outlive the CA.
   *
   * @throws PkiException if the CA has expired
   */
  public static OcspSigner issuedBy(CertificateAuthority ca, Instant now) {
    KeyMaterial key = KeyMaterial.generate(KEY);
    CertificateRequest request =
        new CertificateRequest(
            Profile.OCSP_RESPONDER,
            // in the CA's organization, to which name constraints may bind it
            DistinguishedName.of(ca.certificate())
                .withCommonName(
                    "OCSP responder " + KeyIdentifiers.own(ca.certificate()).substring(0, DIGITS)),
            SubjectAltNames.none(),
            NameConstraintsExtension.none(),
            Validity.starting(now, LIFE).clampedTo(ca.certificate()));
    return new OcspSigner(ca.issue(request, key.publicKey()), KeySigner.of(key));
  }

  /** What the answers contain besides the status. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** When it is time for another one: after half of its life. Answers that it signs end with it. */
  public Instant dueAt() {
    Instant start = certificate.getNotBefore().toInstant();
    return start.plus(Duration.between(start, notAfter()).dividedBy(2));
  }

  Instant notAfter() {
    return certificate.getNotAfter().toInstant();
  }

  X509CertificateHolder holder() throws IOException {
    return new X509CertificateHolder(Der.of(certificate));
  }

  ContentSigner signer() throws OperatorCreationException {
    return key.signer();
  }

  @Override
  public String toString() {
    return "OcspSigner[" + certificate.getSubjectX500Principal() + ", key withheld]";
  }
}
