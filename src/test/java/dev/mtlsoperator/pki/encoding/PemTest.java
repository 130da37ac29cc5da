package dev.mtlsoperator.pki.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.CertificateAuthorityTest;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PemTest {
  private static final X509Certificate ROOT =
      CertificateAuthorityTest.ca(new KeyParameters(KeyType.ECDSA, 256)).certificate();

  @Test
  void shouldReadWhatItWrites() {
    assertThat(Pem.readCertificates("a comment\n" + Pem.write(List.of(ROOT, ROOT))))
        .containsExactly(ROOT, ROOT);
    assertThat(Pem.write(ROOT).lines()).allMatch(line -> line.length() <= 64);
    assertThat(Pem.write(ROOT)).endsWith("-----END CERTIFICATE-----\n");
  }

  @Test
  void shouldBoundWhatItReads() {
    assertThat(Pem.readCertificates(Pem.write(Collections.nCopies(137, ROOT)))).hasSize(137);
    assertThatThrownBy(() -> Pem.readCertificates(Pem.write(Collections.nCopies(2_000, ROOT))))
        .hasMessageContaining("at most");
    assertThatThrownBy(() -> Pem.readCertificates("x".repeat(600_000)))
        .hasMessageContaining("at most");
  }

  @Test
  void shouldTakeCertificatesOnly() {
    String pem = Pem.write(ROOT);

    assertThatThrownBy(() -> Pem.readCertificates(pem.replace("CERTIFICATE", "PRIVATE KEY")))
        .hasMessageContaining("only CERTIFICATE blocks");
    assertThatThrownBy(() -> Pem.readCertificates(pem + pem.substring(0, 100)))
        .hasMessageContaining("cut off");
    assertThatThrownBy(() -> Pem.readCertificates("nothing"))
        .hasMessageContaining("there is no certificate");
    assertThatThrownBy(() -> Pem.readCertificates(pem.substring(0, 60) + "!" + pem.substring(61)))
        .isInstanceOf(PkiException.class);
  }
}
