package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Curves;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.SignedOnCurve;
import dev.mtlsoperator.pki.name.ConstrainedNames.Position;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Proves, before a certificate is published, that verifiers with a given trust bundle accept it:
 * with the JDK's PKIX validator, and with checks of the trust anchor, which that validator ignores
 * (RFC 5280 section 6.1 leaves them to the verifier; OpenSSL, GnuTLS and NSS make them).
 */
public final class PublicationProof {
  private static final String ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";

  private PublicationProof() {}

  /** Why a certificate is not published. */
  public record Refusal(String message) {}

  /**
   * Proves a leaf; empty if it may be published.
   *
   * @param intermediates the certificates that are sent after it
   * @param key its key
   * @param bundle the trust bundle that will be published with it
   * @param instants times at which it must be valid
   */
  public static Optional<Refusal> of(
      X509Certificate leaf,
      List<X509Certificate> intermediates,
      Profile profile,
      KeyMaterial key,
      List<X509Certificate> bundle,
      List<Instant> instants) {
    try {
      // parsed again from its encoding, which is what will be published
      X509Certificate encoded = Pem.certificate(Der.of(leaf));
      checkLeaf(encoded, profile, key);
      List<X509Certificate> path = new ArrayList<>();
      path.add(new SignedOnCurve(encoded));
      intermediates.forEach(intermediate -> path.add(SignedOnCurve.issuer(intermediate)));
      Optional<Refusal> first = Optional.empty();
      // generations may share name and key, and verifiers try each of them
      for (X509Certificate anchor : anchors(path, bundle)) {
        Optional<Refusal> refusal = under(anchor, path, bundle, profile, instants);
        if (refusal.isEmpty()) {
          return Optional.empty();
        }
        first = first.or(() -> refusal);
      }
      return first;
    } catch (PkiException e) {
      return Optional.of(new Refusal(String.valueOf(e.getMessage())));
    } catch (GeneralSecurityException | RuntimeException e) {
      return Optional.of(new Refusal("the new certificate does not verify: " + e.getMessage()));
    }
  }

  private static Optional<Refusal> under(
      X509Certificate anchor,
      List<X509Certificate> path,
      List<X509Certificate> bundle,
      Profile profile,
      List<Instant> instants) {
    try {
      List<X509Certificate> issuers = new ArrayList<>(path.subList(1, path.size()));
      checkAnchor(anchor, issuers.size(), instants);
      issuers.add(anchor);
      for (X509Certificate issuer : issuers) {
        checkPurpose(issuer, profile);
      }
      checkNames(path, issuers);
      checkNamesakes(path, issuers, bundle, instants);
      for (Instant instant : instants) {
        checkPath(path, anchor, instant);
      }
      return Optional.empty();
    } catch (PkiException e) {
      return Optional.of(new Refusal(String.valueOf(e.getMessage())));
    } catch (GeneralSecurityException | RuntimeException e) {
      return Optional.of(new Refusal("the new certificate does not verify: " + e.getMessage()));
    }
  }

  private static void checkLeaf(X509Certificate leaf, Profile profile, KeyMaterial key)
      throws GeneralSecurityException {
    require(key.matches(leaf), "the private key does not belong to the certificate");
    require(!KeyUsages.isCa(leaf), "the certificate is a CA's");
    require(
        KeyUsages.declaresDigitalSignature(leaf),
        "the certificate's key usage lacks digitalSignature");
    List<String> purposes = leaf.getExtendedKeyUsage();
    require(
        purposes != null && purposes.containsAll(profile.purposes()),
        "the certificate's extended key usage does not fit its purpose");
  }

  // for OpenSSL the extended key usage of a CA limits the certificates below it
  private static void checkPurpose(X509Certificate issuer, Profile profile)
      throws GeneralSecurityException {
    List<String> purposes = issuer.getExtendedKeyUsage();
    require(
        purposes == null
            || purposes.containsAll(profile.purposes())
            || purposes.contains(ANY_EXTENDED_KEY_USAGE),
        "the CA certificate '"
            + issuer.getSubjectX500Principal()
            + "' is not for this purpose: its extended key usage says otherwise");
  }

  // certificates issued here have an authority key identifier; intermediates made elsewhere may
  // not
  private static List<X509Certificate> anchors(
      List<X509Certificate> path, List<X509Certificate> bundle) {
    X509Certificate last = path.get(path.size() - 1);
    List<X509Certificate> issuers =
        bundle.stream()
            .filter(
                ca ->
                    path.size() == 1
                        ? KeyIdentifiers.namesIssuer(last, ca)
                        : KeyIdentifiers.mayNameIssuer(last, ca))
            .toList();
    require(!issuers.isEmpty(), "the trust bundle does not hold the certificate's issuer");
    return issuers;
  }

  private static void checkAnchor(
      X509Certificate anchor, int intermediates, List<Instant> instants) {
    String name = "the CA certificate '" + anchor.getSubjectX500Principal() + "' ";
    require(
        anchor.getSubjectX500Principal().equals(anchor.getIssuerX500Principal()),
        name
            + "is an intermediate: a bundle without a self-signed root is refused by most verifiers");
    require(KeyUsages.isCa(anchor), name + "is not a CA's");
    require(
        anchor.getBasicConstraints() >= intermediates,
        name + "allows fewer intermediates than there are");
    require(
        KeyUsages.maySignCertificates(anchor), name + "may not sign certificates (keyCertSign)");
    for (Instant instant : instants) {
      require(
          !instant.isBefore(anchor.getNotBefore().toInstant())
              && !instant.isAfter(anchor.getNotAfter().toInstant()),
          name + "is not valid on " + instant);
    }
  }

  // RFC 5280 section 4.2.1.10: every CA above a certificate constrains its names; the JDK
  // ignores the constraints of an anchor
  private static void checkNames(List<X509Certificate> path, List<X509Certificate> issuers) {
    for (int below = 0; below < path.size(); below++) {
      X509Certificate certificate = path.get(below);
      Position position = below == 0 ? Position.LEAF : Position.INTERMEDIATE;
      // section 6.1.4 (b): a CA's new key under its own name
      boolean selfIssued =
          certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
      if (position == Position.INTERMEDIATE && selfIssued) {
        continue;
      }
      for (X509Certificate issuer : issuers.subList(below, issuers.size())) {
        NameConstraintsExtension.violation(issuer, certificate, position)
            .ifPresent(
                violation -> {
                  throw new PkiException(
                      position == Position.LEAF
                          ? violation
                          : "of the intermediate '"
                              + certificate.getSubjectX500Principal()
                              + "' "
                              + violation);
                });
      }
    }
  }

  // OpenSSL does not try every CA that has the issuer's name, as the loop over the anchors does
  private static void checkNamesakes(
      List<X509Certificate> path,
      List<X509Certificate> issuers,
      List<X509Certificate> bundle,
      List<Instant> instants) {
    for (int below = 0; below < path.size(); below++) {
      Namesakes.takenFor(issuers.get(below), path.get(below), bundle, instants)
          .ifPresent(
              pair -> {
                throw new PkiException(
                    pair.message()
                        + ". One of them has to leave the trust bundle: annotate its RootCA with mtls-operator.dev/distrust=<its fingerprint>, or undo the import");
              });
    }
  }

  static void checkPath(List<X509Certificate> path, X509Certificate anchor, Instant instant)
      throws GeneralSecurityException {
    PKIXParameters parameters = new PKIXParameters(Set.of(trust(anchor)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(instant));
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
  }

  // the validator asks a self-signed anchor for its name and key only
  private static TrustAnchor trust(X509Certificate anchor) throws GeneralSecurityException {
    return anchor.getPublicKey() instanceof ECPublicKey key
        ? new TrustAnchor(anchor.getSubjectX500Principal(), Curves.verifying(key), null)
        : new TrustAnchor(anchor, null);
  }
}
