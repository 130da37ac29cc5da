package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Password;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {

  @Test
  void shouldGenerate128RandomBits() {
    Password one = Password.generate();

    assertThat(HexFormat.of().parseHex(one.reveal())).hasSize(16);
    assertThat(Password.generate().reveal()).isNotEqualTo(one.reveal());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "pässwort", "tab\t", "line\n", "\u007f"})
  void shouldRefuseAPasswordThatNotEveryoneReads(String text) {
    assertThatThrownBy(() -> Password.of(text))
        .isInstanceOf(PkiException.class)
        .satisfies(e -> assertThat(text.isEmpty() || !e.getMessage().contains(text)).isTrue());
  }

  @Test
  void shouldBoundAPassword() {
    assertThat(Password.of("x".repeat(128)).reveal()).hasSize(128);
    assertThatThrownBy(() -> Password.of("x".repeat(129))).isInstanceOf(PkiException.class);
  }

  @Test
  void shouldSayTheSameOfWhateverCannotBeAPassword() {
    assertThat(
            java.util.stream.Stream.of("", "x".repeat(129), "x".repeat(5000), "tab\t", "line\n")
                .map(
                    text ->
                        org.assertj.core.api.Assertions.catchThrowable(() -> Password.of(text))
                            .getMessage())
                .distinct())
        .hasSize(1);
  }

  @Test
  void shouldNotRevealAPasswordInItsText() {
    assertThat(Password.of("changeit")).hasToString("Password[withheld]");
  }

  @Test
  void shouldReadAFingerprintAsPeopleCopyIt() {
    Fingerprint fingerprint = Fingerprint.of(MalformedCertificate.root(it -> {}).certificate());
    String hex = fingerprint.text().substring("sha256:".length());

    assertThat(fingerprint.text()).matches("sha256:[0-9a-f]{64}");
    assertThat(Fingerprint.parse(fingerprint.text())).contains(fingerprint);
    assertThat(
            Fingerprint.parse(
                "SHA256:" + hex.toUpperCase(Locale.ROOT).replaceAll("(..)(?!$)", "$1:")))
        .contains(fingerprint);
    assertThat(Fingerprint.parse(hex)).isEmpty();
    assertThat(Fingerprint.parse("sha256:" + hex.substring(1))).isEmpty();
    assertThatThrownBy(() -> new Fingerprint(hex)).isInstanceOf(PkiException.class);
  }
}
