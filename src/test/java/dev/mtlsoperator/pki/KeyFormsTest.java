package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("programs")
class KeyFormsTest {

  static Stream<Arguments> forms() {
    return TestKeys.ALL.stream()
        .flatMap(
            parameters ->
                Stream.of(PrivateKeyFormat.values())
                    .filter(
                        encoding ->
                            encoding == PrivateKeyFormat.PKCS8
                                || parameters.algorithm() != KeyType.ED25519)
                    .map(encoding -> Arguments.of(parameters, encoding)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void shouldReadBackWhatItReveals(KeyParameters parameters, PrivateKeyFormat encoding) {
    KeyMaterial key = TestKeys.of(parameters);

    KeyMaterial read = KeyMaterial.fromPem(key.revealPem(encoding));

    assertThat(read.parameters()).isEqualTo(parameters);
    assertThat(read.publicKey()).isEqualTo(key.publicKey());
    assertThat(read.revealPem(encoding)).isEqualTo(key.revealPem(encoding));
    assertThat(read.revealPem(PrivateKeyFormat.PKCS8)).startsWith("-----BEGIN PRIVATE KEY-----\n");
  }

  @ParameterizedTest
  @MethodSource("forms")
  void shouldBeReadByOpenssl(
      KeyParameters parameters, PrivateKeyFormat encoding, @TempDir Path folder) throws Exception {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    KeyMaterial key = TestKeys.of(parameters);
    Files.writeString(folder.resolve("key.pem"), key.revealPem(encoding));

    Run check = openssl.run(folder, "pkey", "-in", "key.pem", "-check", "-noout");
    Run traditional =
        openssl.run(
            folder,
            "pkey",
            "-in",
            "key.pem",
            "-out",
            "again.pem",
            encoding == PrivateKeyFormat.PKCS1 ? "-traditional" : "-text_pub");

    assertThat(check.exitCode()).as(check.output()).isZero();
    assertThat(check.output()).contains("Key is valid");
    assertThat(traditional.exitCode()).as(traditional.output()).isZero();
    String again = Files.readString(folder.resolve("again.pem"));
    // to the byte
    assertThat(again).startsWith(key.revealPem(encoding));
    assertThat(KeyMaterial.fromPem(again).publicKey()).isEqualTo(key.publicKey());
  }

  @Test
  void shouldRefuseATraditionalFormOfEd25519() {
    assertThatThrownBy(
            () ->
                TestKeys.of(new KeyParameters(KeyType.ED25519, 0))
                    .revealPem(PrivateKeyFormat.PKCS1))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("use PKCS8");
  }

  @ParameterizedTest
  @CsvSource({
    "ECDSA, 224, '256, 384 or 521'",
    "RSA, 1024, '2048, 3072 or 4096'",
    "RSA, 0, '2048, 3072 or 4096'",
    "ED25519, 256, no size"
  })
  void shouldRefuseOtherParameters(KeyType algorithm, int size, String because) {
    assertThatThrownBy(() -> new KeyParameters(algorithm, size))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(because);
  }

  @Test
  void shouldNotReadWhatIsDamagedEncryptedOrOfAnotherKind() throws Exception {
    RSAPrivateKey rsa =
        RSAPrivateKey.getInstance(
            PrivateKeyInfo.getInstance(
                    TestKeys.of(new KeyParameters(KeyType.RSA, 2048)).revealPkcs8Der())
                .parsePrivateKey());
    RSAPrivateKey wrongPrime =
        new RSAPrivateKey(
            rsa.getModulus(),
            rsa.getPublicExponent(),
            rsa.getPrivateExponent(),
            rsa.getPrime1().add(BigInteger.TWO),
            rsa.getPrime2(),
            rsa.getExponent1(),
            rsa.getExponent2(),
            rsa.getCoefficient());
    ECPrivateKey zero = new ECPrivateKey(256, BigInteger.ZERO, SECObjectIdentifiers.secp256r1);
    ECPrivateKey otherCurve = new ECPrivateKey(256, BigInteger.TEN, SECObjectIdentifiers.secp256k1);

    refused(Pem.block("RSA PRIVATE KEY", wrongPrime.getEncoded()), "damaged");
    refused(Pem.block("EC PRIVATE KEY", zero.getEncoded()), "damaged");
    refused(Pem.block("EC PRIVATE KEY", otherCurve.getEncoded()), "not supported");
    refused(
        Pem.write(MalformedCertificate.root(it -> {}).certificate()), "no unencrypted private key");
    refused(
        TestKeys.of(TestKeys.P256).revealPem(PrivateKeyFormat.PKCS8).substring(0, 80),
        "cannot be read");
    refused("", "no unencrypted private key");
    refused("x".repeat(17 * 1024), "longer than any supported key");
  }

  @Test
  void shouldSayWhetherACertificateIsOfThisKey() {
    MalformedCertificate.Pair root = MalformedCertificate.root(it -> {});
    X509Certificate other = MalformedCertificate.root(it -> {}).certificate();

    assertThat(root.key().matches(root.certificate())).isTrue();
    assertThat(root.key().matches(other)).isFalse();
  }

  @Test
  void shouldNotRevealItselfInTextOrByEquality() {
    KeyMaterial key = TestKeys.of(TestKeys.P256);

    assertThat(key).hasToString("KeyMaterial[ECDSA P-256, private key withheld]");
    assertThat(KeyMaterial.fromPem(key.revealPem(PrivateKeyFormat.PKCS8))).isNotEqualTo(key);
  }

  @Test
  void shouldDescribeForeignKeysOrNot() throws Exception {
    for (KeyParameters parameters : TestKeys.ALL) {
      assertThat(KeyParameters.of(TestKeys.of(parameters).publicKey())).contains(parameters);
    }
    for (String algorithm : List.of("Ed448", "DSA", "X25519")) {
      assertThat(
              KeyParameters.of(
                  KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic()))
          .isEmpty();
    }
  }

  private static void refused(String pem, String because) {
    assertThatThrownBy(() -> KeyMaterial.fromPem(pem))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(because)
        .hasNoCause();
  }
}
