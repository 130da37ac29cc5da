package dev.mtlsoperator.pki.revocation;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.CrlLimits;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.Curves;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.CRLReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A certificate revocation list (RFC 5280 section 5) that lists every revoked certificate of its
 * issuer. Whether that issuer signed it is a question of its own: {@link #isSignedBy}.
 */
public final class Crl {
  /** Bit of the key usage extension, RFC 5280 section 4.2.1.3. */
  private static final int CRL_SIGN = 6;

  private final byte[] der;
  private final X509CRL parsed;
  private final CrlExtensions extensions;
  private final Instant nextUpdate;
  private final SortedMap<BigInteger, RevokedCertificate> entries;

  private Crl(byte[] der, X509CRL parsed, Instant nextUpdate) {
    this.der = der;
    this.parsed = parsed;
    this.extensions = CrlExtensions.of(parsed);
    this.nextUpdate = nextUpdate;
    this.entries = entries(parsed.getRevokedCertificates());
  }

  /**
   * Reads one CRL. One without a number, or of version 1, is read too: others make such.
   *
   * @throws PkiException if it is none, or not one by which verifiers can tell which certificates
   *     are revoked and until when it counts; the message says what to do
   */
  public static Crl parse(byte[] der) {
    CrlLimits.require(der);
    try {
      X509CRL crl =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
      // as it will be written: the JDK must not have read anything else than what is there
      require(Arrays.equals(crl.getEncoded(), der), "the CRL is damaged: it is not in DER");
      return new Crl(der.clone(), crl, end(crl));
    } catch (PkiException e) {
      throw e;
    } catch (CRLException | CertificateException | RuntimeException e) {
      throw new PkiException(
          "the CRL is damaged, or not made by RFC 5280 section 5: fetch it again from its CA, or have the CA make another one",
          e);
    }
  }

  private static Instant end(X509CRL crl) {
    Instant end =
        Optional.ofNullable(crl.getNextUpdate())
            .map(Date::toInstant)
            .orElseThrow(
                () ->
                    new PkiException(
                        "the CRL has no nextUpdate, so that nobody can tell when it is out of date (RFC 5280 section 5.1.2.5): have its CA make one with it, such as by `openssl ca -gencrl -crldays 30`"));
    require(
        !end.isBefore(crl.getThisUpdate().toInstant()),
        "the CRL ends before it begins: its nextUpdate is before its thisUpdate. Have its CA make another one");
    return end;
  }

  /**
   * Reads all CRLs of a file: X509 CRL blocks in PEM, and text between them, or one CRL in DER.
   *
   * @throws PkiException if there is none or another block, or one of them cannot be read
   */
  public static List<Crl> parseAll(SuppliedFile file) {
    List<byte[]> all = file.revocationLists();
    List<Crl> crls = new ArrayList<>();
    for (byte[] der : all) {
      try {
        crls.add(parse(der));
      } catch (PkiException e) {
        throw all.size() == 1
            ? e
            : new PkiException(
                "CRL " + (crls.size() + 1) + " of " + all.size() + ": " + e.getMessage(), e);
      }
    }
    return List.copyOf(crls);
  }

  /**
   * Whether a CA's certificate allows it to sign CRLs: one without a key usage restricts nothing.
   */
  public static boolean maySign(X509Certificate issuer) {
    boolean[] usage = issuer.getKeyUsage();
    return usage == null || usage[CRL_SIGN];
  }

  /**
   * Whether this CA signed it and may do so: it has the name and the key identifier that the CRL
   * names as its issuer's, and the signature is of its key.
   */
  public boolean isSignedBy(X509Certificate issuer) {
    try {
      return issuer().equals(issuer.getSubjectX500Principal())
          && maySign(issuer)
          && extensions.mayName(issuer)
          && verifies(issuer.getPublicKey());
    } catch (RuntimeException e) {
      // providers and Bouncy Castle throw several kinds of exceptions for malformed input
      return false;
    }
  }

  private boolean verifies(PublicKey key) {
    try {
      if (key instanceof ECPublicKey) {
        parsed.verify(key, Curves.PROVIDER);
      } else {
        parsed.verify(key);
      }
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static SortedMap<BigInteger, RevokedCertificate> entries(
      @Nullable Set<? extends X509CRLEntry> listed) {
    SortedMap<BigInteger, RevokedCertificate> entries = new TreeMap<>();
    for (X509CRLEntry entry : listed == null ? Set.<X509CRLEntry>of() : listed) {
      CrlExtensions.requireKnown(entry);
      entries.putIfAbsent(
          entry.getSerialNumber(),
          new RevokedCertificate(
              entry.getSerialNumber(),
              entry.getRevocationDate().toInstant(),
              Optional.ofNullable(entry.getRevocationReason())
                  .map(CRLReason::ordinal)
                  .flatMap(RevocationReason::of)));
    }
    return Collections.unmodifiableSortedMap(entries);
  }

  /** The name of the CA that is said to have signed it. */
  public X500Principal issuer() {
    return parsed.getIssuerX500Principal();
  }

  /** Its number, which rises with each CRL of a CA (RFC 5280 section 5.2.3). */
  public Optional<BigInteger> number() {
    return extensions.number();
  }

  /** When it was made. */
  public Instant thisUpdate() {
    return parsed.getThisUpdate().toInstant();
  }

  /** When the next one is made at the latest; verifiers refuse it from then on. */
  public Instant nextUpdate() {
    return nextUpdate;
  }

  /** The revoked certificates by serial number, the lowest first; it cannot be changed. */
  public SortedMap<BigInteger, RevokedCertificate> entries() {
    return entries;
  }

  /** Whether it was made after the other: by their numbers, or if one has none by their times. */
  public boolean isNewerThan(Crl other) {
    return (number().isPresent() && other.number().isPresent())
        ? number().get().compareTo(other.number().get()) > 0
        : thisUpdate().isAfter(other.thisUpdate());
  }

  public byte[] der() {
    return der.clone();
  }

  /** In PEM (RFC 7468 section 6). */
  public String pem() {
    return Pem.block("X509 CRL", der);
  }

  /** Several of them in PEM, one after the other. */
  public static String pem(Collection<Crl> crls) {
    return crls.stream().map(Crl::pem).collect(Collectors.joining());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Crl crl && Arrays.equals(der, crl.der);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(der);
  }

  @Override
  public String toString() {
    return "Crl[number "
        + number().map(BigInteger::toString).orElse("none")
        + ", "
        + thisUpdate()
        + " to "
        + nextUpdate
        + ", "
        + entries.size()
        + " entries]";
  }
}
