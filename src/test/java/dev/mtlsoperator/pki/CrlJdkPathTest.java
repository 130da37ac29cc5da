package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.ConformanceRow;
import dev.mtlsoperator.consumers.ProgramVersions;
import dev.mtlsoperator.pki.IssuedCrl.Kind;
import dev.mtlsoperator.pki.revocation.Crl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
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
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Java programs that look for revocation find what our CRLs say. */
class CrlJdkPathTest {
  private static final Instant NOW = CrlSigningTest.NOW;

  static Stream<Kind> kinds() {
    return IssuedCrl.kinds();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldAcceptTheGoodAndRefuseTheRevoked(Kind kind) throws IOException {
    IssuedCrl issued = IssuedCrl.of(kind, NOW);
    Instant soon = NOW.plusSeconds(60);

    assertThatCode(() -> validate(issued, issued.good(), soon)).doesNotThrowAnyException();
    for (X509Certificate revoked : List.of(issued.revoked(), issued.plain())) {
      assertThatThrownBy(() -> validate(issued, revoked, soon))
          .isInstanceOfSatisfying(CertPathValidatorException.class, CrlJdkPathTest::requireRevoked);
    }
    // out of date: it knows of nobody
    Instant late = issued.crl().nextUpdate().plus(Duration.ofHours(1));
    assertThatThrownBy(() -> validate(issued, issued.good(), late))
        .isInstanceOf(CertPathValidatorException.class);
    ConformanceRow.of("CRLs", "Java (`CertPathValidator`)")
        .says(IssuedCrl.EACH_KEY, "accepted", "refused, with and without a reason")
        .with(ProgramVersions.java())
        .require();
  }

  private static void requireRevoked(CertPathValidatorException e) {
    assertThat(e.getReason()).isEqualTo(CertPathValidatorException.BasicReason.REVOKED);
  }

  private static void validate(IssuedCrl issued, X509Certificate leaf, Instant now)
      throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<CRL> crls = new ArrayList<>();
    for (Crl crl : Stream.concat(Stream.of(issued.crl()), issued.above().stream()).toList()) {
      crls.add(factory.generateCRL(new ByteArrayInputStream(crl.der())));
    }
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(issued.root(), null)));
    parameters.setDate(Date.from(now));
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls)));
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(
        EnumSet.of(
            PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
    parameters.addCertPathChecker(checker);
    List<X509Certificate> path =
        issued.above().isPresent() ? List.of(leaf, issued.issuer()) : List.of(leaf);
    validator.validate(factory.generateCertPath(path), parameters);
  }
}
