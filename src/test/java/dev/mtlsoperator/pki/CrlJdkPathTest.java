package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.ConformancePage;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Java programs that look for revocation find what our CRLs say. */
class CrlJdkPathTest {
  private static final Instant NOW = CrlSigningTest.NOW;

  static Stream<KeyParameters> keys() {
    return TestKeys.ALL.stream();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void shouldAcceptTheGoodAndRefuseTheRevoked(KeyParameters parameters) throws IOException {
    CertificateAuthority ca = CrlSigningTest.ca(TestKeys.of(parameters));
    X509Certificate good = leaf(ca);
    X509Certificate revoked = leaf(ca);
    Crl crl =
        ca.sign(
            CrlSigningTest.contents(
                1,
                new RevokedCertificate(
                    revoked.getSerialNumber(), NOW, Optional.of(RevocationReason.KeyCompromise))));
    Instant soon = NOW.plusSeconds(60);

    assertThatCode(() -> validate(ca, good, crl, soon)).doesNotThrowAnyException();
    assertThatThrownBy(() -> validate(ca, revoked, crl, soon))
        .isInstanceOfSatisfying(CertPathValidatorException.class, CrlJdkPathTest::requireRevoked);
    // out of date: it knows of nobody
    assertThatThrownBy(() -> validate(ca, good, crl, crl.nextUpdate().plus(Duration.ofHours(1))))
        .isInstanceOf(CertPathValidatorException.class);
    ConformancePage.requireRow(
        "CRLs",
        List.of(
            "Java (`CertPathValidator`)",
            "ECDSA P-256, P-384, P-521, RSA, Ed25519",
            "accepted",
            "refused, as all are with a CRL that has ended"),
        System.getProperty("java.version"));
  }

  private static void requireRevoked(CertPathValidatorException e) {
    assertThat(e.getReason()).isEqualTo(CertPathValidatorException.BasicReason.REVOKED);
  }

  private static X509Certificate leaf(CertificateAuthority ca) {
    return ca.issue(
        CertificateAuthorityTest.request(Profile.SERVER, "CN=www.example.org", "www.example.org"),
        TestKeys.of(TestKeys.P256).publicKey());
  }

  private static void validate(CertificateAuthority ca, X509Certificate leaf, Crl crl, Instant now)
      throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca.certificate(), null)));
    parameters.setDate(Date.from(now));
    parameters.addCertStore(
        CertStore.getInstance(
            "Collection",
            new CollectionCertStoreParameters(
                List.of(factory.generateCRL(new ByteArrayInputStream(crl.der()))))));
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(
        EnumSet.of(
            PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
    parameters.addCertPathChecker(checker);
    validator.validate(factory.generateCertPath(List.of(leaf)), parameters);
  }
}
