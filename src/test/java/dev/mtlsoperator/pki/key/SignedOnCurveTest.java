package dev.mtlsoperator.pki.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/** Who verifies a signature by a key on an elliptic curve. */
final class SignedOnCurveTest {
  // the JDK has no such curve: whoever accepts it did not ask the JDK
  private static final String NOT_OF_THE_JDK = "brainpoolP256r1";

  @Test
  void shouldBeVerifiedWithoutTheJdkHoweverItIsAsked() throws Exception {
    // given: the JDK's path validator names a provider, and names none
    KeyPair key = aKeyPair();
    X509Certificate certificate = new SignedOnCurve(selfSigned(key));

    // then
    assertThatCode(() -> certificate.verify(key.getPublic())).doesNotThrowAnyException();
    assertThatCode(() -> new SignedOnCurve(selfSigned(key)).verify(key.getPublic(), (String) null))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseAnotherKeyAfterTheRightOne() throws Exception {
    // given
    KeyPair key = aKeyPair();
    X509Certificate certificate = new SignedOnCurve(selfSigned(key));
    certificate.verify(key.getPublic(), (String) null);

    // then: what is remembered is the key, not that one was right
    assertThatThrownBy(() -> certificate.verify(aKeyPair().getPublic(), (String) null))
        .isInstanceOf(SignatureException.class);
  }

  @Test
  void shouldKnowAnIssuerByAllOfItsBytes() throws Exception {
    // given: signatures on a curve have a random part
    KeyPair key = aKeyPair();
    X509Certificate one = selfSigned(key);
    X509Certificate other = selfSigned(key);

    // when
    SignedOnCurve known = SignedOnCurve.issuer(one);
    known.verify(key.getPublic());

    // then
    assertThat(SignedOnCurve.issuer(copy(one))).isSameAs(known);
    assertThat(SignedOnCurve.issuer(other)).isNotSameAs(known);
    assertThatThrownBy(() -> SignedOnCurve.issuer(one).verify(aKeyPair().getPublic()))
        .isInstanceOf(SignatureException.class);
  }

  private static X509Certificate copy(X509Certificate certificate) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509", Curves.PROVIDER)
            .generateCertificate(new ByteArrayInputStream(certificate.getEncoded()));
  }

  private static KeyPair aKeyPair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", Curves.PROVIDER);
    generator.initialize(new ECGenParameterSpec(NOT_OF_THE_JDK));
    return generator.generateKeyPair();
  }

  private static X509Certificate selfSigned(KeyPair key) throws Exception {
    X500Name name = new X500Name("CN=a");
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    return new JcaX509CertificateConverter()
        .setProvider(Curves.PROVIDER)
        .getCertificate(
            new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    Date.from(now),
                    Date.from(now.plusSeconds(60)),
                    name,
                    key.getPublic())
                .build(
                    new JcaContentSignerBuilder("SHA256withECDSA")
                        .setProvider(Curves.PROVIDER)
                        .build(key.getPrivate())));
  }
}
