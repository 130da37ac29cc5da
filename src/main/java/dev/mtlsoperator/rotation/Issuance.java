package dev.mtlsoperator.rotation;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.NameConstraints;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.pki.PublicationProof;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Makes a certificate and proves it, before anybody sees it. The same code in the cluster and
 * offline.
 */
public final class Issuance {
  private Issuance() {}

  /** What came of it. */
  public sealed interface Outcome {

    /** A proven certificate and its key. */
    record Issued(KeyMaterial key, X509Certificate certificate) implements Outcome {
      @Override
      public String toString() {
        return "Issued[" + certificate.getSerialNumber().toString(16) + "]";
      }
    }

    /** Nothing was issued. */
    record Refused(Finding why) implements Outcome {}
  }

  /**
   * Issues a leaf.
   *
   * @param bundle the very trust bundle that will be published
   * @param kept the key to certify again; empty: a new one is generated
   */
  public static Outcome leaf(
      Blueprint blueprint,
      CertificateAuthority ca,
      List<X509Certificate> bundle,
      Instant now,
      Optional<KeyMaterial> kept) {
    if (blueprint.subject().equals(dev.mtlsoperator.pki.DistinguishedName.of(ca.certificate()))) {
      return refused(
          Reason.InvalidSpec,
          "the subject '"
              + blueprint.subject()
              + "' is the CA's own: give this certificate another one");
    }
    Optional<String> notAllowed =
        NameConstraints.violation(ca.certificate(), blueprint.names(), blueprint.subject());
    if (notAllowed.isPresent()) {
      return refused(Reason.InvalidSpec, notAllowed.get());
    }
    try {
      KeyMaterial key = kept.orElseGet(() -> KeyMaterial.generate(blueprint.key()));
      CertificateRequest request = blueprint.request(now, ca.certificate());
      X509Certificate certificate = ca.issue(request, key.publicKey());
      List<Instant> instants = List.of(now, certificate.getNotAfter().toInstant().minusSeconds(1));
      return PublicationProof.of(certificate, List.of(), blueprint.profile(), key, bundle, instants)
          .<Outcome>map(refusal -> refused(Reason.IssuanceFailed, refusal.message()))
          .orElseGet(() -> new Outcome.Issued(key, certificate));
    } catch (PkiException | IllegalArgumentException e) {
      return refused(Reason.IssuanceFailed, String.valueOf(e.getMessage()));
    }
  }

  /** Makes a new self-signed CA. */
  public static CertificateAuthority rootCA(Blueprint blueprint, Instant now) {
    KeyMaterial key = KeyMaterial.generate(blueprint.key());
    CertificateRequest request = blueprint.request(now, null);
    return CertificateAuthority.selfSigned(
        request.subject(), request.constraints(), request.validity(), key);
  }

  private static Outcome refused(Reason reason, String message) {
    return new Outcome.Refused(new Finding(reason, message));
  }
}
