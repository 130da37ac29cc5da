package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
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
import java.util.List;
import java.util.Optional;

/**
 * Files for programs: a CA in {@code root.pem}, its CRL in {@code crl.pem}, and of its leaves
 * {@code good.pem}, {@code revoked.pem} and {@code plain.pem}; the last is revoked without a
 * reason.
 */
public record IssuedCrl(
    X509Certificate root, Crl crl, X509Certificate revoked, X509Certificate plain) {
  /** The number of its CRL. */
  public static final BigInteger NUMBER = BigInteger.valueOf(1_800_000_000_123L);

  public static IssuedCrl write(Path folder, KeyParameters parameters) throws IOException {
    KeyMaterial key = TestKeys.of(parameters);
    Instant now = Instant.now();
    Validity validity = Validity.starting(now, Duration.ofDays(1));
    CertificateAuthority ca =
        PlainCertificates.root(DistinguishedName.parse("CN=root,O=Example,C=DE"), validity, key);
    IssuedCrl issued = issue(ca, now);
    Files.writeString(folder.resolve("root.pem"), Pem.write(ca.certificate()));
    Files.writeString(folder.resolve("good.pem"), Pem.write(leaf(ca, now)));
    Files.writeString(folder.resolve("revoked.pem"), Pem.write(issued.revoked));
    Files.writeString(folder.resolve("plain.pem"), Pem.write(issued.plain));
    Files.writeString(folder.resolve("crl.pem"), issued.crl.pem());
    Files.write(folder.resolve("crl.der"), issued.crl.der());
    return issued;
  }

  private static IssuedCrl issue(CertificateAuthority ca, Instant now) {
    X509Certificate revoked = leaf(ca, now);
    X509Certificate plain = leaf(ca, now);
    Instant start = now.minusSeconds(300);
    Crl crl =
        ca.sign(
            new CrlContents(
                NUMBER,
                start,
                now.plus(Duration.ofDays(30)),
                List.of(
                    new RevokedCertificate(
                        revoked.getSerialNumber(),
                        start,
                        Optional.of(RevocationReason.KeyCompromise)),
                    new RevokedCertificate(plain.getSerialNumber(), start, Optional.empty()))));
    return new IssuedCrl(ca.certificate(), crl, revoked, plain);
  }

  private static X509Certificate leaf(CertificateAuthority ca, Instant now) {
    return ca.issue(
        PlainCertificates.request(
            Profile.CLIENT,
            DistinguishedName.parse("CN=client"),
            SubjectAltNames.none(),
            Validity.starting(now, Duration.ofDays(1))),
        TestKeys.of(TestKeys.P256).publicKey());
  }

  /** One of each kind of key; longer ones of RSA are no other kind. */
  public static List<KeyParameters> keys() {
    return TestKeys.ALL.stream()
        .filter(key -> key.algorithm() != KeyType.RSA || key.size() == 2048)
        .toList();
  }
}
