package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a CA signs is read back as it was meant, and is its own. */
class CrlSigningTest {
  static final Instant NOW = MalformedCertificate.NOW;
  private static final String NUMBER = "2.5.29.20";
  private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";

  static Stream<KeyParameters> keys() {
    return TestKeys.ALL.stream();
  }

  static CertificateAuthority ca(KeyMaterial key) {
    return PlainCertificates.root(
        DistinguishedName.parse("CN=root,O=Example,C=DE"),
        Validity.starting(NOW, Duration.ofDays(3650)),
        key);
  }

  static CrlContents contents(long number, RevokedCertificate... entries) {
    return new CrlContents(
        BigInteger.valueOf(number), NOW, NOW.plus(Duration.ofDays(30)), List.of(entries));
  }

  /** One for each reason, and one without. */
  static List<RevokedCertificate> oneForEachReason() {
    List<RevokedCertificate> entries = new ArrayList<>();
    for (RevocationReason reason : RevocationReason.values()) {
      entries.add(
          new RevokedCertificate(
              BigInteger.valueOf(1000 + reason.code()),
              NOW.minusSeconds(reason.code()),
              Optional.of(reason)));
    }
    entries.add(new RevokedCertificate(BigInteger.TWO.pow(158), NOW, Optional.empty()));
    return entries;
  }

  @ParameterizedTest
  @MethodSource("keys")
  void shouldReadBackWhatIsSigned(KeyParameters parameters) throws Exception {
    CertificateAuthority ca = ca(TestKeys.of(parameters));
    List<RevokedCertificate> entries = oneForEachReason();
    List<RevokedCertificate> unsorted = new ArrayList<>(entries);
    Collections.reverse(unsorted);

    Crl crl =
        ca.sign(
            new CrlContents(
                BigInteger.valueOf(1_800_000_000_123L),
                NOW.plusMillis(999),
                NOW.plus(Duration.ofDays(30)),
                unsorted));

    assertThat(crl.number()).contains(BigInteger.valueOf(1_800_000_000_123L));
    assertThat(crl.thisUpdate()).isEqualTo(NOW);
    assertThat(crl.nextUpdate()).isEqualTo(NOW.plus(Duration.ofDays(30)));
    assertThat(crl.entries().values()).containsExactlyElementsOf(entries);
    assertThat(crl.issuer()).isEqualTo(ca.certificate().getSubjectX500Principal());
    assertThat(crl.isSignedBy(ca.certificate())).isTrue();
    assertThat(Crl.parse(crl.der())).isEqualTo(crl).hasSameHashCodeAs(crl);
    assertThat(Crl.parseAll(SuppliedFile.of(crl.pem()))).containsExactly(crl);
    assertThat(Crl.parseAll(SuppliedFile.of(crl.der()))).containsExactly(crl);

    X509CRL jdk =
        (X509CRL)
            CertificateFactory.getInstance("X.509")
                .generateCRL(new ByteArrayInputStream(crl.der()));
    assertThat(jdk.getVersion()).isEqualTo(2);
    assertThat(jdk.getCriticalExtensionOIDs()).isNullOrEmpty();
    assertThat(jdk.getNonCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(NUMBER, AUTHORITY_KEY_IDENTIFIER);
    assertThat(jdk.getSigAlgOID()).isEqualTo(ca.certificate().getSigAlgOID());
    assertThat(jdk.getRevokedCertificate(BigInteger.TWO.pow(158)).hasExtensions()).isFalse();
  }

  @Test
  void shouldListNothingWhereNothingIsRevoked() {
    CertificateAuthority ca = ca(TestKeys.fresh());

    Crl crl = ca.sign(contents(1));

    assertThat(crl.entries()).isEmpty();
    assertThat(crl.isSignedBy(ca.certificate())).isTrue();
    assertThat(crl)
        .hasToString("Crl[number 1, 2026-11-23T12:00:00Z to 2026-12-23T12:00:00Z, 0 entries]");
  }

  @Test
  void shouldTellTimesBeyondTheYear2049() {
    CertificateAuthority ca = ca(TestKeys.fresh());
    Instant start = Instant.parse("2049-12-31T23:59:59Z");
    Instant end = Instant.parse("2050-01-30T00:00:00Z");
    RevokedCertificate entry =
        new RevokedCertificate(BigInteger.ONE, end.minusSeconds(1), Optional.empty());

    Crl crl = ca.sign(new CrlContents(BigInteger.ZERO, start, end, List.of(entry)));

    assertThat(crl.thisUpdate()).isEqualTo(start);
    assertThat(crl.nextUpdate()).isEqualTo(end);
    assertThat(crl.entries().values()).containsExactly(entry);
  }

  @Test
  void shouldRefuseToSignWithACaThatMayNot() {
    MalformedCertificate.Pair root =
        MalformedCertificate.root(it -> it.keyUsage = KeyUsage.keyCertSign);
    CertificateAuthority ca = CertificateAuthority.of(root.certificate(), root.key());

    assertThatThrownBy(() -> ca.sign(contents(1)))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("its key usage lacks cRLSign");
  }

  @Test
  void shouldNotSignACrlThatNobodyWouldRead() {
    CertificateAuthority ca = ca(TestKeys.fresh());
    RevokedCertificate[] many =
        Stream.iterate(BigInteger.TWO.pow(150), BigInteger.ONE::add)
            .limit(29_000)
            .map(serial -> new RevokedCertificate(serial, NOW, Optional.empty()))
            .toArray(RevokedCertificate[]::new);

    assertThatThrownBy(() -> ca.sign(contents(1, many)))
        .isInstanceOf(PkiException.class)
        .hasMessageMatching("the CRL is too large: it has \\d+ bytes, at most 1048576 are read.*");
  }

  @Test
  void shouldRefuseContentsThatMakeNoCrl() {
    RevokedCertificate one = new RevokedCertificate(BigInteger.ONE, NOW, Optional.empty());

    assertThatThrownBy(() -> contents(-1)).hasMessageContaining("is not negative");
    assertThatThrownBy(() -> contents(1, one, one)).hasMessageContaining("once");
    assertThatThrownBy(() -> new CrlContents(BigInteger.ONE, NOW, NOW, List.of()))
        .hasMessageContaining("cannot end on 2026-11-23T12:00:00Z");
    assertThatThrownBy(
            () -> new CrlContents(BigInteger.TWO.pow(159), NOW, NOW.plusSeconds(9), List.of()))
        .hasMessageContaining("at most 20 octets");
  }
}
