package dev.mtlsoperator.reconcile.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.ocsp.OcspAnswer;
import dev.mtlsoperator.pki.ocsp.OcspAnswer.Refusal;
import dev.mtlsoperator.pki.ocsp.OcspRequests;
import dev.mtlsoperator.pki.ocsp.OcspResponder;
import dev.mtlsoperator.pki.ocsp.OcspSigner;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.junit.jupiter.api.Test;

final class PublishedRespondersTest {
  private static final Instant NOW = Instant.parse("2026-01-07T10:00:00Z");
  private static final CAName SHOP = new CAName("shop", "root");
  private static final CAName BANK = new CAName("bank", "root");

  private final PublishedResponders published = new PublishedResponders(Optional.empty());
  private final CertificateAuthority ca = TestCrls.root(NOW);
  private final OcspSigner signer = OcspSigner.issuedBy(ca, NOW);

  private OcspResponder responder(long... revoked) {
    return new OcspResponder(
        ca.certificate(),
        signer,
        TestCrls.of(
            ca,
            NOW,
            java.util.Arrays.stream(revoked)
                .mapToObj(
                    it -> new RevokedCertificate(BigInteger.valueOf(it), NOW, Optional.empty()))
                .toArray(RevokedCertificate[]::new)));
  }

  private OcspAnswer ask(long serial) {
    return published.answer(OcspRequests.about(ca.certificate(), serial), NOW);
  }

  private static boolean isGood(OcspAnswer answer) throws Exception {
    BasicOCSPResp response = (BasicOCSPResp) new OCSPResp(answer.der()).getResponseObject();
    return response.getResponses()[0].getCertStatus() == CertificateStatus.GOOD;
  }

  @Test
  void shouldSignAnAnswerOnce() {
    published.publish(SHOP, List.of(responder()));

    assertThat(ask(1)).isSameAs(ask(1)).isNotSameAs(ask(2));
  }

  @Test
  void shouldAnswerFromTheNewCrlAtOnce() throws Exception {
    published.publish(SHOP, List.of(responder()));
    assertThat(isGood(ask(1))).isTrue();

    published.publish(SHOP, List.of(responder(1)));

    assertThat(isGood(ask(1))).isFalse();
  }

  @Test
  void shouldSayRevokedIfOneOfTwoSaysSo() throws Exception {
    published.publish(SHOP, List.of(responder(1)));
    published.publish(BANK, List.of(responder(2)));

    assertThat(isGood(ask(1))).isFalse();
    assertThat(isGood(ask(2))).isFalse();
    assertThat(isGood(ask(3))).isTrue();
    published.forget(BANK);
    assertThat(isGood(ask(2))).isTrue();
  }

  @Test
  void shouldAnswerForNobodyElse() {
    assertThat(ask(1)).isEqualTo(Refusal.UNAUTHORIZED);
    published.publish(SHOP, List.of(responder()));

    assertThat(published.answer(OcspRequests.about(TestCrls.root(NOW).certificate(), 1), NOW))
        .isEqualTo(Refusal.UNAUTHORIZED);
    assertThat(published.answer(new byte[] {1}, NOW)).isEqualTo(Refusal.MALFORMED_REQUEST);
    assertThat(published.answer(OcspRequests.about(ca.certificate(), 1), NOW.plus(TestCrls.LIFE)))
        .isEqualTo(Refusal.TRY_LATER);
    published.forget(SHOP);
    assertThat(ask(1)).isEqualTo(Refusal.UNAUTHORIZED);
  }
}
