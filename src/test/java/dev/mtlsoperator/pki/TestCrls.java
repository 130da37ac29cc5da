package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A root that lives for years, and CRLs of it that live for 30 days. */
public final class TestCrls {
  public static final Duration LIFE = Duration.ofDays(30);

  private TestCrls() {}

  /** Another one each time. */
  public static CertificateAuthority root(Instant now) {
    return PlainCertificates.root(
        DistinguishedName.parse("CN=root,O=Example"),
        Validity.starting(now, Duration.ofDays(3650)),
        TestKeys.fresh());
  }

  /** A CRL from now on. */
  public static Crl of(CertificateAuthority ca, Instant now, RevokedCertificate... entries) {
    return ca.sign(
        new CrlContents(
            BigInteger.valueOf(now.toEpochMilli()), now, now.plus(LIFE), List.of(entries)));
  }
}
