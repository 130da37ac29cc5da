package dev.mtlsoperator.pki.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class KeyMaterialTest {
  @ParameterizedTest
  @MethodSource("dev.mtlsoperator.pki.CertificateAuthorityTest#keys")
  void shouldReadWhatItWrites(KeyParameters parameters) {
    KeyMaterial key = KeyMaterial.generate(parameters);
    List<PrivateKeyFormat> encodings =
        parameters.algorithm() == KeyType.ED25519
            ? List.of(PrivateKeyFormat.PKCS8)
            : List.of(PrivateKeyFormat.values());

    for (PrivateKeyFormat encoding : encodings) {
      KeyMaterial read = KeyMaterial.fromPem(key.revealPem(encoding));

      assertThat(read.publicKey().getEncoded()).isEqualTo(key.publicKey().getEncoded());
      assertThat(read.parameters()).isEqualTo(parameters);
    }
    assertThat(KeyParameters.of(key.publicKey())).isEqualTo(Optional.of(parameters));
  }

  @Test
  void shouldHaveNoTraditionalFormOfEd25519() {
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ED25519, 0));

    assertThatThrownBy(() -> key.revealPem(PrivateKeyFormat.PKCS1))
        .hasMessageContaining("use PKCS8");
  }

  @Test
  void shouldRevealNothingByItself() {
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    String secret = key.revealPem(PrivateKeyFormat.PKCS8).lines().skip(1).findFirst().orElseThrow();

    assertThat(key.toString())
        .isEqualTo("KeyMaterial[ECDSA P-256, private key withheld]")
        .doesNotContain(secret);
    assertThat(Password.of("swordfish").toString()).doesNotContain("swordfish");
  }

  @Test
  void shouldSayWhatIsWrongWithoutQuotingIt() {
    String mangled =
        KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256))
            .revealPem(PrivateKeyFormat.PKCS8)
            .replace('A', 'B');

    assertThatThrownBy(() -> KeyMaterial.fromPem(mangled))
        .isInstanceOf(PkiException.class)
        .hasNoCause()
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .doesNotContain(mangled.lines().skip(1).findFirst().orElseThrow()));
    assertThatThrownBy(() -> KeyMaterial.fromPem("x".repeat(20_000)))
        .hasMessageContaining("longer than any supported key");
    assertThatThrownBy(() -> new KeyParameters(KeyType.RSA, 1024))
        .hasMessageContaining("2048, 3072 or 4096");
  }

  @Property
  void shouldRefuseGarbageKindly(@ForAll String text) {
    assertThatThrownBy(() -> KeyMaterial.fromPem(text)).isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> Pem.readCertificates("-----BEGIN CERTIFICATE-----" + text))
        .isInstanceOf(PkiException.class);
  }
}
