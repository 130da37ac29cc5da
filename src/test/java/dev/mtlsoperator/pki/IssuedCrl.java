package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;

/**
 * A CRL of a CA, and three leaves of that CA.
 *
 * @param issuer the CA: the root itself, or an intermediate under it
 * @param above the CRL of the root, where the CA is not the root
 * @param good is not on it
 * @param revoked is on it with a reason
 * @param plain is on it without one
 */
public record IssuedCrl(
    X509Certificate root,
    X509Certificate issuer,
    Crl crl,
    Optional<Crl> above,
    X509Certificate good,
    X509Certificate revoked,
    X509Certificate plain) {
  /** The number of the CRL. */
  public static final BigInteger NUMBER = BigInteger.valueOf(1_800_000_000_123L);

  /** All keys, in words. */
  public static final String EACH_KEY = "ECDSA P-256, P-384, P-521, RSA 2048, 3072, 4096, Ed25519";

  private static final DistinguishedName NAME = DistinguishedName.parse("CN=root,O=Example,C=DE");
  private static final Duration CRL_LIFE = Duration.ofDays(30);

  /** Of the CA; its leaves end a day before. */
  private static final Duration LIFE = Duration.ofDays(60);

  /** Whose CRL it is. */
  public enum Signer {
    ROOT,
    INTERMEDIATE
  }

  /** A CA's key, and what it is the key of. */
  public record Kind(KeyParameters key, Signer signer) {
    /** The name of a file. */
    public String file() {
      return key.algorithm() + "-" + key.size() + "-" + signer;
    }
  }

  private record Ca(X509Certificate root, CertificateAuthority issuer, Optional<Crl> above) {}

  /** One with each key. */
  public static Stream<Kind> kinds() {
    return Arrays.stream(Signer.values())
        .flatMap(signer -> TestKeys.ALL.stream().map(key -> new Kind(key, signer)));
  }

  /** Of a new CA, from some minutes before this time. */
  public static IssuedCrl of(Kind kind, Instant now) {
    KeyMaterial key = TestKeys.of(kind.key());
    Ca ca =
        switch (kind.signer()) {
          case ROOT -> root(key, now);
          case INTERMEDIATE -> intermediate(key, now);
        };
    X509Certificate revoked = leaf(ca.issuer(), now);
    X509Certificate plain = leaf(ca.issuer(), now);
    Instant start = now.minusSeconds(300);
    RevokedCertificate withReason =
        new RevokedCertificate(
            revoked.getSerialNumber(), start, Optional.of(RevocationReason.KeyCompromise));
    RevokedCertificate without =
        new RevokedCertificate(plain.getSerialNumber(), start, Optional.empty());
    return new IssuedCrl(
        ca.root(),
        ca.issuer().certificate(),
        crl(ca.issuer(), start, withReason, without),
        ca.above(),
        leaf(ca.issuer(), now),
        revoked,
        plain);
  }

  private static Ca root(KeyMaterial key, Instant now) {
    CertificateAuthority root = PlainCertificates.root(NAME, Validity.starting(now, LIFE), key);
    return new Ca(root.certificate(), root, Optional.empty());
  }

  private static Ca intermediate(KeyMaterial key, Instant now) {
    MalformedCertificate.Pair root = MalformedCertificate.root(it -> current(it, now));
    MalformedCertificate.Pair intermediate =
        MalformedCertificate.intermediate(
            root,
            it -> {
              current(it, now);
              it.subject = new X500Name("CN=intermediate,O=Example,C=DE");
              it.key = key;
              it.keyIdentifier = Profile.keyIdentifier(key.publicKey());
            });
    return new Ca(
        root.certificate(),
        CertificateAuthority.of(intermediate.certificate(), key),
        Optional.of(
            crl(CertificateAuthority.of(root.certificate(), root.key()), now.minusSeconds(300))));
  }

  private static void current(MalformedCertificate certificate, Instant now) {
    certificate.notBefore = now.minusSeconds(300);
    certificate.notAfter = now.plus(LIFE);
  }

  private static Crl crl(CertificateAuthority ca, Instant start, RevokedCertificate... entries) {
    return ca.sign(new CrlContents(NUMBER, start, start.plus(CRL_LIFE), List.of(entries)));
  }

  private static X509Certificate leaf(CertificateAuthority ca, Instant now) {
    return ca.issue(
        PlainCertificates.request(
            Profile.CLIENT,
            DistinguishedName.parse("CN=client"),
            SubjectAltNames.none(),
            Validity.starting(now, LIFE.minusDays(1))),
        TestKeys.of(TestKeys.P256).publicKey());
  }

  /**
   * Writes files for programs: {@code root.pem}, {@code issuer.pem}, {@code crl.pem}, {@code
   * crls.pem} with the root's too, each CRL in DER, and {@code good.pem}, {@code revoked.pem} and
   * {@code plain.pem} with the issuer's certificate if it is not the root.
   */
  public IssuedCrl write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("root.pem"), Pem.write(root));
    Files.writeString(folder.resolve("issuer.pem"), Pem.write(issuer));
    Files.writeString(folder.resolve("crl.pem"), crl.pem());
    Files.writeString(folder.resolve("crls.pem"), crl.pem() + above.map(Crl::pem).orElse(""));
    Files.write(folder.resolve("crl.der"), crl.der());
    if (above.isPresent()) {
      Files.write(folder.resolve("above.der"), above.get().der());
    }
    String chain = above.isPresent() ? Pem.write(issuer) : "";
    Files.writeString(folder.resolve("good.pem"), Pem.write(good) + chain);
    Files.writeString(folder.resolve("revoked.pem"), Pem.write(revoked) + chain);
    Files.writeString(folder.resolve("plain.pem"), Pem.write(plain) + chain);
    return this;
  }
}
