package dev.mtlsoperator.pki.revocation;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.math.BigInteger;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.security.cert.X509Extension;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/**
 * What the extensions of a CRL say (RFC 5280 section 5.2), of a CRL that lists every revoked
 * certificate of its issuer.
 *
 * @param number that rises with each CRL
 * @param authority which key of its issuer signed it
 */
record CrlExtensions(Optional<BigInteger> number, Optional<AuthorityKeyIdentifier> authority) {
  /** Those that OpenSSL knows where they are critical; it refuses all others. */
  private static final Set<String> KNOWN =
      Set.of(Extension.issuingDistributionPoint.getId(), Extension.authorityKeyIdentifier.getId());

  /**
   * Reads them.
   *
   * @throws PkiException if one cannot be read, or the CRL does not list all certificates
   */
  static CrlExtensions of(X509CRL crl) {
    require(
        crl.getExtensionValue(Extension.deltaCRLIndicator.getId()) == null,
        "the CRL is a delta CRL, which lists only what changed since another one: take the complete CRL of its CA");
    Optional<IssuingDistributionPoint> point =
        read(
            crl,
            Extension.issuingDistributionPoint,
            "issuing distribution point",
            IssuingDistributionPoint::getInstance);
    point.ifPresent(CrlExtensions::requireComplete);
    requireKnown(crl, KNOWN, "the CRL has");
    Optional<BigInteger> number =
        read(crl, Extension.cRLNumber, "CRL number", ASN1Integer::getInstance)
            .map(ASN1Integer::getValue);
    require(
        number.filter(it -> it.signum() < 0).isEmpty(),
        "the CRL has a negative number, which RFC 5280 section 5.2.3 rules out: have its CA make another one");
    return new CrlExtensions(
        number,
        read(
            crl,
            Extension.authorityKeyIdentifier,
            "authority key identifier",
            AuthorityKeyIdentifier::getInstance));
  }

  private static void requireComplete(IssuingDistributionPoint point) {
    require(
        !point.isIndirectCRL(),
        "the CRL is indirect: it lists certificates of other CAs, which verifiers such as OpenSSL do not expect. Take the CRL that the CA itself signed");
    require(
        !point.onlyContainsUserCerts()
            && !point.onlyContainsCACerts()
            && !point.onlyContainsAttributeCerts()
            && point.getOnlySomeReasons() == null,
        "the CRL is partial: its issuing distribution point limits it to some certificates or some reasons. Take the complete CRL of its CA");
  }

  /** Refuses a critical extension in an entry: verifiers such as OpenSSL refuse the whole CRL. */
  static void requireKnown(X509CRLEntry entry) {
    requireKnown(
        entry,
        Set.of(),
        "the entry of serial number " + SerialNumber.text(entry.getSerialNumber()) + " has");
  }

  private static void requireKnown(X509Extension extensions, Set<String> known, String where) {
    Set<String> critical = extensions.getCriticalExtensionOIDs();
    Set<String> unknown = new TreeSet<>(critical == null ? Set.of() : critical);
    unknown.removeAll(known);
    require(
        unknown.isEmpty(),
        where
            + " a critical extension, "
            + String.join(", ", unknown)
            + ", which verifiers such as OpenSSL refuse: have its CA make a CRL without it");
  }

  /** Whether the issuer's certificate is the one that the CRL names, as far as both say so. */
  boolean mayName(X509Certificate issuer) {
    if (authority.isEmpty()) {
      return true;
    }
    byte[] key = authority.get().getKeyIdentifierOctets();
    BigInteger serial = authority.get().getAuthorityCertSerialNumber();
    byte[] own = issuer.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return (serial == null || serial.equals(issuer.getSerialNumber()))
        && (key == null
            || own == null
            || Arrays.equals(
                key,
                SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(own).getOctets())
                    .getKeyIdentifier()));
  }

  private static <T> Optional<T> read(
      X509Extension extensions,
      ASN1ObjectIdentifier kind,
      String what,
      Function<Object, T> reader) {
    byte[] value = extensions.getExtensionValue(kind.getId());
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(reader.apply(ASN1OctetString.getInstance(value).getOctets()));
    } catch (RuntimeException e) {
      // Bouncy Castle throws several kinds of exceptions for malformed input
      throw new PkiException(
          "the CRL is damaged: its " + what + " cannot be read. Have its CA make another one", e);
    }
  }
}
