package dev.mtlsoperator.pki.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.EarlierKeys;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever reads a key of ours finds its public key inside. */
final class CurveKeyEncodingTest {
  @ParameterizedTest
  @CsvSource({"256, 138", "384, 185", "521, 241"})
  void shouldBeAsLongAsOpensslWritesIt(int size, int length) throws IOException {
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, size));

    byte[] der = key.revealPkcs8Der();

    assertThat(der).hasSize(length);
    ECPrivateKey inner =
        ECPrivateKey.getInstance(PrivateKeyInfo.getInstance(der).parsePrivateKey());
    assertThat(inner.getPublicKey().getBytes())
        .isEqualTo(
            SubjectPublicKeyInfo.getInstance(key.publicKey().getEncoded())
                .getPublicKeyData()
                .getBytes());
    assertThat(inner.getParametersObject()).as("the curve, a second time").isNull();
    assertThat(key.revealPem(PrivateKeyFormat.PKCS8)).isEqualTo(Pem.block("PRIVATE KEY", der));
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 384, 521})
  void shouldStayToTheByteInTheJdk(int size) throws GeneralSecurityException {
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, size));

    byte[] again =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(key.revealPkcs8Der()))
            .getEncoded();

    assertThat(again).isEqualTo(key.revealPkcs8Der());
    assertThat(key.revealPrivateKey().getEncoded()).isEqualTo(key.revealPkcs8Der());
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeTheEncodingInAKeystore(Pkcs12.Encryption encryption)
      throws GeneralSecurityException, IOException {
    MalformedCertificate.Pair leaf =
        MalformedCertificate.leaf(MalformedCertificate.root(it -> {}), it -> {});
    Password password = Password.of("swordfish");

    byte[] keystore =
        Pkcs12.keystore(leaf.key(), List.of(leaf.certificate()), "me", password, encryption);

    KeyStore read = KeyStore.getInstance("PKCS12");
    read.load(new ByteArrayInputStream(keystore), "swordfish".toCharArray());
    assertThat(read.getKey("me", "swordfish".toCharArray()).getEncoded())
        .isEqualTo(leaf.key().revealPkcs8Der())
        .hasSize(138);
    assertThat(Pkcs12.holds(keystore, password, leaf.key())).isTrue();
    assertThat(Pkcs12.holds(keystore, Password.of("other"), leaf.key())).isFalse();
    assertThat(
            Pkcs12.holds(
                EarlierKeys.keystore(leaf.key(), List.of(leaf.certificate()), "me", password),
                password,
                leaf.key()))
        .isFalse();
  }

  @Test
  void shouldBeTheSameWhateverFormWasRead() {
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));

    for (String form :
        List.of(
            EarlierKeys.pem(key),
            key.revealPem(PrivateKeyFormat.PKCS1),
            key.revealPem(PrivateKeyFormat.PKCS8))) {
      KeyMaterial read = KeyMaterial.fromPem(form);

      assertThat(read.revealPkcs8Der()).isEqualTo(key.revealPkcs8Der());
      assertThat(read.revealPem(PrivateKeyFormat.PKCS1))
          .isEqualTo(key.revealPem(PrivateKeyFormat.PKCS1));
    }
    assertThat(EarlierKeys.der(key)).hasSize(67);
  }

  @Test
  void shouldKeepTheLengthOfASmallNumber() throws IOException {
    // given: a key that a person made
    ECPrivateKey one = new ECPrivateKey(256, BigInteger.ONE, SECObjectIdentifiers.secp256r1);

    KeyMaterial read = KeyMaterial.fromPem(Pem.block("EC PRIVATE KEY", one.getEncoded()));

    assertThat(read.revealPkcs8Der()).hasSize(138);
    assertThat(KeyMaterial.fromPem(read.revealPem(PrivateKeyFormat.PKCS8)).publicKey())
        .isEqualTo(read.publicKey());
  }
}
