package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.PublicationProof;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.Signer;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Issues a certificate and proves that verifiers accept it before it is published, in the cluster
 * and offline.
 */
public final class Issuance {
  private Issuance() {}

  /** The result. */
  public sealed interface Outcome {

    /**
     * A proven certificate and its key.
     *
     * @param intermediates certificates that are sent after it
     */
    record Issued(KeyMaterial key, X509Certificate certificate, List<X509Certificate> intermediates)
        implements Outcome {
      public Issued {
        intermediates = List.copyOf(intermediates);
      }

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
   * @param ca the CA that signs
   * @param signer the generation of that CA, and the trust bundle of its verifiers
   * @param issuancePolicy of the CA, which judges the encoded certificate and tells where verifiers
   *     ask whether it is revoked
   * @param keys supplies the key to certify, kept or new; not called if the request is refused
   *     without one
   */
  public static Outcome leaf(
      CertificateTemplate template,
      CertificateAuthority ca,
      Signer.Available signer,
      IssuancePolicy issuancePolicy,
      Instant now,
      Function<KeyParameters, KeyMaterial> keys) {
    if (signer.signing().path().all().stream().anyMatch(template.subject()::isThatOf)) {
      return refused(
          Reason.InvalidSpec,
          "the subject '"
              + template.subject()
              + "' is the CA's own: give this certificate another one");
    }
    try {
      Optional<Finding> notAllowed = notAllowed(template, signer.signing().path());
      if (notAllowed.isPresent()) {
        return new Outcome.Refused(notAllowed.get());
      }
      CertificateRequest request =
          template
              .request(now, signer.signing().path())
              .with(issuancePolicy.sources().urls(signer.generation()));
      Optional<Finding> beforehand = issuancePolicy.refusal(request, ca.certificate());
      if (beforehand.isPresent()) {
        return new Outcome.Refused(beforehand.get());
      }
      KeyMaterial key = keys.apply(template.key());
      X509Certificate certificate = ca.issue(request, key.publicKey());
      return issuancePolicy
          .refusal(certificate, ca.certificate())
          .<Outcome>map(Outcome.Refused::new)
          .orElseGet(() -> proven(template, signer, certificate, key, now));
    } catch (PkiException | IllegalArgumentException | IllegalStateException e) {
      // the last two are thrown for malformed extensions of an imported CA
      return refused(Reason.IssuanceFailed, String.valueOf(e.getMessage()));
    }
  }

  private static Outcome proven(
      CertificateTemplate template,
      Signer.Available signer,
      X509Certificate certificate,
      KeyMaterial key,
      Instant now) {
    return PublicationProof.of(
            certificate,
            signer.signing().chain(),
            template.profile(),
            key,
            signer.bundle(),
            List.of(now, certificate.getNotAfter().toInstant().minusSeconds(1)))
        .map(refusal -> refused(Reason.IssuanceFailed, refusal.message()))
        .orElseGet(
            () ->
                new Outcome.Issued(
                    key, certificate, sentAlong(template, signer, certificate, key, now)));
  }

  /**
   * Why the name constraints of a CA, or of one above it, do not allow the requested names; empty
   * if they do.
   */
  public static Optional<Finding> notAllowed(CertificateTemplate template, CaPath path) {
    return notAllowed(
        () ->
            path.all().stream()
                .flatMap(
                    ca ->
                        NameConstraintsExtension.violation(ca, template.names(), template.subject())
                            .stream())
                .findFirst());
  }

  /** The same for a CA that is still to be created with these constraints. */
  public static Optional<Finding> notAllowed(
      CertificateTemplate template, NameConstraintsExtension constraints) {
    return notAllowed(() -> constraints.violation(template.names(), template.subject()));
  }

  // the user must change a name that cannot be judged, like one that is forbidden
  private static Optional<Finding> notAllowed(Supplier<Optional<String>> violation) {
    try {
      return violation.get().map(why -> new Finding(Reason.InvalidSpec, why));
    } catch (PkiException e) {
      return Optional.of(new Finding(Reason.InvalidSpec, String.valueOf(e.getMessage())));
    }
  }

  // a cross-certificate of our own is sent only if it verifies: the former CA may not allow the
  // name. The root above an imported one need not be known here: its owner knows who has it
  private static List<X509Certificate> sentAlong(
      CertificateTemplate template,
      Signer.Available signer,
      X509Certificate certificate,
      KeyMaterial key,
      Instant now) {
    List<X509Certificate> chain = new ArrayList<>(signer.signing().chain());
    chain.addAll(signer.signing().path().crosses(now));
    return signer
        .cross()
        .filter(cross -> chain.isEmpty())
        .filter(
            cross ->
                PublicationProof.of(
                        certificate,
                        List.of(cross),
                        template.profile(),
                        key,
                        signer.bundle(),
                        List.of(now))
                    .isEmpty())
        .map(List::of)
        .orElse(chain);
  }

  /** Generates the key and certificate of a new self-signed CA. */
  public static CertificateAuthority rootCA(CertificateTemplate template, Instant now) {
    KeyMaterial key = KeyMaterial.generate(template.key());
    CertificateRequest request = template.request(now, null);
    return CertificateAuthority.selfSigned(
        request.subject(), request.constraints(), request.validity(), key);
  }

  private static Outcome refused(Reason reason, String message) {
    return new Outcome.Refused(new Finding(reason, message));
  }
}
