package dev.mtlsoperator.pki.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class OcspResponderTest {
  private static final Instant NOW = Instant.parse("2026-01-07T10:00:00Z");
  private static final CertificateAuthority CA = TestCrls.root(NOW);
  private static final X509Certificate ISSUER = CA.certificate();
  private static final OcspSigner SIGNER = OcspSigner.issuedBy(CA, NOW);

  private static RevokedCertificate revoked(long serial, RevocationReason reason) {
    return new RevokedCertificate(
        BigInteger.valueOf(serial), NOW.minusSeconds(90), Optional.ofNullable(reason));
  }

  private static OcspResponder responder(RevokedCertificate... entries) {
    return new OcspResponder(ISSUER, SIGNER, TestCrls.of(CA, NOW, entries));
  }

  private static OcspRequest request(byte[] der) {
    return OcspRequest.read(der).orElseThrow();
  }

  private static OcspRequest about(long serial) {
    return request(OcspRequests.about(ISSUER, serial));
  }

  private static BasicOCSPResp basic(OcspAnswer answer) throws Exception {
    OCSPResp response = new OCSPResp(answer.der());
    assertThat(response.getStatus()).isEqualTo(OCSPResp.SUCCESSFUL);
    return (BasicOCSPResp) response.getResponseObject();
  }

  private static SingleResp single(OcspAnswer answer) throws Exception {
    SingleResp[] all = basic(answer).getResponses();
    assertThat(all).hasSize(1);
    return all[0];
  }

  @Test
  void shouldSayGoodOfWhatIsNotOnTheCrl() throws Exception {
    SingleResp answer = single(responder(revoked(17, null)).sign(about(18), NOW));

    assertThat(answer.getCertStatus()).isEqualTo(CertificateStatus.GOOD);
    assertThat(answer.getCertID())
        .isEqualTo(
            OcspRequests.id(
                new AlgorithmIdentifier(OIWObjectIdentifiers.idSHA1, DERNull.INSTANCE),
                ISSUER,
                18));
  }

  @Test
  void shouldSayWhenAndWhyItIsRevoked() throws Exception {
    OcspResponder responder =
        responder(revoked(17, RevocationReason.KeyCompromise), revoked(19, null));

    RevokedStatus why = (RevokedStatus) single(responder.sign(about(17), NOW)).getCertStatus();
    RevokedStatus unknown = (RevokedStatus) single(responder.sign(about(19), NOW)).getCertStatus();

    assertThat(why.getRevocationReason()).isEqualTo(1);
    assertThat(why.getRevocationTime()).isEqualTo(Date.from(NOW.minusSeconds(90)));
    assertThat(unknown.hasRevocationReason()).isFalse();
  }

  @Test
  void shouldSignWithTheDelegatedKeyAndSendItsCertificate() throws Exception {
    BasicOCSPResp answer = basic(responder().sign(about(1), NOW.plusSeconds(7)));

    X509Certificate sent = new JcaX509CertificateConverter().getCertificate(answer.getCerts()[0]);
    assertThat(answer.getCerts()).hasSize(1);
    assertThat(sent).isEqualTo(SIGNER.certificate());
    assertThat(answer.isSignatureValid(new JcaContentVerifierProviderBuilder().build(sent)))
        .isTrue();
    assertThat(answer.getResponderId())
        .isEqualTo(
            new RespID(
                answer.getCerts()[0].getSubjectPublicKeyInfo(),
                new JcaDigestCalculatorProviderBuilder().build().get(RespID.HASH_SHA1)));
    assertThat(answer.getProducedAt()).isEqualTo(Date.from(NOW.plusSeconds(7)));
    assertThat(answer.hasExtensions()).isFalse();
  }

  @Test
  void shouldGiveTheResponderWhatItNeedsAndNothingElse() throws Exception {
    X509Certificate certificate = SIGNER.certificate();

    certificate.verify(ISSUER.getPublicKey());
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.9");
    assertThat(certificate.getKeyUsage())
        .containsExactly(true, false, false, false, false, false, false, false, false);
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(certificate.getCriticalExtensionOIDs())
        .containsExactlyInAnyOrder("2.5.29.19", "2.5.29.15");
    // the JDK (17) gives an empty value for it
    assertThat(
            new JcaX509CertificateHolder(certificate)
                .getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nocheck)
                .getParsedValue())
        .isEqualTo(DERNull.INSTANCE);
    assertThat(certificate.getNotAfter()).isEqualTo(Date.from(NOW.plus(Duration.ofDays(7))));
    assertThat(certificate.getSubjectX500Principal().getName())
        .matches("CN=OCSP responder [0-9a-f]{8},O=Example");
    assertThat(SIGNER.toString()).contains("withheld");
  }

  @Test
  void shouldAskForAnotherSignerInTime() {
    assertThat(SIGNER.dueAt())
        .isBetween(NOW.plus(Duration.ofDays(3)), NOW.plus(Duration.ofDays(4)));
  }

  @Test
  void shouldEndWithTheCrlOrWithTheSigner() throws Exception {
    Instant later = NOW.plus(Duration.ofDays(28));
    Crl crl = TestCrls.of(CA, NOW);
    OcspAnswer.Signed bySigner = responder().sign(about(1), NOW);
    OcspAnswer.Signed byCrl =
        new OcspResponder(ISSUER, OcspSigner.issuedBy(CA, later), crl).sign(about(1), later);

    assertThat(bySigner.thisUpdate()).isEqualTo(NOW);
    assertThat(bySigner.nextUpdate()).isEqualTo(NOW.plus(OcspSigner.LIFE));
    assertThat(byCrl.nextUpdate()).isEqualTo(crl.nextUpdate());
    assertThat(single(byCrl).getThisUpdate()).isEqualTo(Date.from(crl.thisUpdate()));
    assertThat(single(byCrl).getNextUpdate()).isEqualTo(Date.from(crl.nextUpdate()));
  }

  @Test
  void shouldNotAnswerFromWhatHasExpired() {
    List<OcspResponder> responders = List.of(responder());

    assertThat(
            OcspResponder.choose(about(1), responders, NOW.plus(OcspSigner.LIFE).minusSeconds(1)))
        .isPresent();
    assertThat(OcspResponder.choose(about(1), responders, NOW.plus(OcspSigner.LIFE))).isEmpty();
  }

  @Test
  void shouldPreferTheCrlThatRevokes() {
    OcspResponder open = new OcspResponder(ISSUER, SIGNER, TestCrls.of(CA, NOW.plusSeconds(60)));
    OcspResponder revoking = responder(revoked(17, null));

    assertThat(OcspResponder.choose(about(17), List.of(open, revoking), NOW)).contains(revoking);
    assertThat(OcspResponder.choose(about(18), List.of(revoking, open), NOW)).contains(open);
  }

  @Test
  void shouldRefuseACrlOrASignerOfAnotherCa() {
    CertificateAuthority other = TestCrls.root(NOW);

    assertThatThrownBy(() -> new OcspResponder(ISSUER, SIGNER, TestCrls.of(other, NOW)))
        .isInstanceOf(PkiException.class);
    assertThatThrownBy(
            () -> new OcspResponder(ISSUER, OcspSigner.issuedBy(other, NOW), TestCrls.of(CA, NOW)))
        .isInstanceOf(PkiException.class);
  }

  static Stream<AlgorithmIdentifier> digests() {
    return Stream.of(
        new AlgorithmIdentifier(OIWObjectIdentifiers.idSHA1),
        new AlgorithmIdentifier(OIWObjectIdentifiers.idSHA1, DERNull.INSTANCE),
        new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256),
        new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256, DERNull.INSTANCE));
  }

  @ParameterizedTest
  @MethodSource("digests")
  void shouldFindTheIssuerByEachDigestAndRepeatIt(AlgorithmIdentifier digest) throws Exception {
    OcspRequest request = request(OcspRequests.about(digest, ISSUER, 5));

    assertThat(responder().issuerIds()).contains(request.issuer());
    assertThat(single(responder().sign(request, NOW)).getCertID().toASN1Primitive())
        .isEqualTo(OcspRequests.id(digest, ISSUER, 5).toASN1Primitive());
  }

  @Test
  void shouldNotTakeAnotherIssuerForItsOwn() {
    assertThat(responder().issuerIds())
        .doesNotContain(
            request(OcspRequests.about(TestCrls.root(NOW).certificate(), 5)).issuer(),
            request(
                    OcspRequests.about(
                        new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha512), ISSUER, 5))
                .issuer());
  }

  @Test
  void shouldIgnoreANonceThatIsNotCritical() throws Exception {
    assertThat(request(OcspRequests.withNonce(ISSUER, 5, false)).key()).isEqualTo(about(5).key());
    assertThat(OcspRequest.read(OcspRequests.withNonce(ISSUER, 5, true))).isEmpty();
  }

  @Test
  void shouldReadOneCertificateARequest() {
    assertThat(OcspRequest.read(OcspRequests.aboutTwo(ISSUER))).isEmpty();
  }

  @Test
  void shouldReadNothingElse() {
    byte[] nested = new byte[OcspRequest.LONGEST];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }

    assertThat(OcspRequest.read(new byte[0])).isEmpty();
    assertThat(OcspRequest.read(nested)).isEmpty();
    assertThat(OcspRequest.read(new byte[] {0x30, 0})).isEmpty();
    assertThat(OcspRequest.read(new byte[] {5, 0})).isEmpty();
    assertThat(OcspRequest.read(new byte[] {0x30, (byte) 0x84, 0x7f, -1, -1, -1})).isEmpty();
    assertThat(OcspRequest.read(Arrays.copyOf(OcspRequests.about(ISSUER, 1), 5000))).isEmpty();
  }

  @Test
  void shouldSurviveDamagedRequests() {
    byte[] valid = OcspRequests.withNonce(ISSUER, 5, false);
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = Arrays.copyOf(valid, valid.length - random.nextInt(3));
      for (int bit = 0; bit <= i % 4; bit++) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }

      // an answer can be looked for, or there is no request
      OcspRequest.read(damaged)
          .ifPresent(
              request -> {
                assertThat(request.key()).isNotEmpty();
                assertThat(request.issuer().nameHash()).isNotNull();
                assertThat(request.serialNumber()).isNotNull();
              });
    }
  }
}
