package dev.mtlsoperator.pki.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PemStrictnessTest {
  private static final X509Certificate ONE = MalformedCertificate.root(it -> {}).certificate();
  private static final X509Certificate OTHER = MalformedCertificate.root(it -> {}).certificate();

  @Test
  void shouldReadBackWhatItWrites() {
    assertThat(Pem.readCertificates(Pem.write(ONE))).containsExactly(ONE);
    assertThat(Pem.readCertificates(Pem.write(List.of(ONE, OTHER)))).containsExactly(ONE, OTHER);
  }

  @Test
  void shouldWriteLinesOf64Columns() {
    String pem = Pem.write(ONE);

    assertThat(pem).startsWith("-----BEGIN CERTIFICATE-----\n");
    assertThat(pem).endsWith("\n-----END CERTIFICATE-----\n");
    assertThat(pem).doesNotContain("\r");
    assertThat(pem.lines().skip(1).findFirst().orElseThrow()).hasSize(64);
    assertThat(pem.lines()).allMatch(line -> line.length() <= 64);
  }

  @Test
  void shouldPassOverTextBetweenBlocksAndReadCarriageReturns() {
    String pem = "subject: CN=root\n" + Pem.write(ONE) + "\nand\n" + Pem.write(OTHER);

    assertThat(Pem.readCertificates(pem.replace("\n", "\r\n"))).containsExactly(ONE, OTHER);
  }

  @Test
  void shouldRefuseWhatIsNoCertificate() {
    refused("", "there is no certificate");
    refused("hello", "there is no certificate");
    refused(TestKeys.of(TestKeys.P256).revealPem(PrivateKeyFormat.PKCS8), "only CERTIFICATE");
    refused(
        Pem.write(ONE) + TestKeys.of(TestKeys.P256).revealPem(PrivateKeyFormat.PKCS8),
        "only CERTIFICATE");
    refused(Pem.write(ONE).substring(0, 200), "cut off");
    refused(Pem.write(OTHER) + Pem.write(ONE).substring(0, 200), "cut off");
    refused(Pem.block("CERTIFICATE", new byte[] {1, 2, 3}), "no X.509 certificate");
    refused("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n", "base64");
    refused("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "no X.509 certificate");
  }

  @Test
  void shouldRefuseBytesAfterTheCertificate() {
    byte[] der = Der.of(ONE);

    refused(Pem.block("CERTIFICATE", Arrays.copyOf(der, der.length + 1)), "more than one");
    refused(
        Pem.block("CERTIFICATE", Pem.write(ONE).getBytes(StandardCharsets.US_ASCII)),
        "no X.509 certificate");
  }

  @Test
  void shouldRefuseTooMuch() {
    refused("x".repeat(Pem.LONGEST + 1), "at most " + Pem.LONGEST);
    int most = Pem.LONGEST / Pem.write(ONE).length();
    refused(Pem.write(ONE).repeat(most + 1), "at most " + Pem.LONGEST);
    assertThat(Pem.readCertificates(Pem.write(ONE).repeat(most))).hasSize(most);
    assertThat(Pem.size(ONE)).isEqualTo(Pem.write(ONE).length());
  }

  @Property(tries = 500)
  void shouldThrowNothingButPkiExceptionForText(@ForAll String text) {
    for (String pem :
        List.of(
            text,
            "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----",
            Pem.block("CERTIFICATE", text.getBytes(StandardCharsets.UTF_8)))) {
      assertThatThrownBy(() -> Pem.readCertificates(pem)).isInstanceOf(PkiException.class);
      assertThatThrownBy(() -> KeyMaterial.fromPem(pem)).isInstanceOf(PkiException.class);
    }
  }

  @Property(tries = 1000)
  void shouldThrowNothingButPkiExceptionForDamage(
      @ForAll @IntRange(min = 0, max = 10_000) int at, @ForAll byte with) {
    byte[] der = Der.of(ONE);
    der[at % der.length] = with;
    try {
      assertThat(Pem.readCertificates(Pem.block("CERTIFICATE", der))).hasSize(1);
    } catch (PkiException expected) {
      assertThat(expected).hasMessageContaining("CERTIFICATE block");
    }
  }

  private static void refused(String pem, String because) {
    assertThatThrownBy(() -> Pem.readCertificates(pem))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(because);
  }
}
