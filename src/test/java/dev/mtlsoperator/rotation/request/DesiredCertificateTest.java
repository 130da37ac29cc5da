package dev.mtlsoperator.rotation.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CaOffer;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class DesiredCertificateTest {
  private static final X509Certificate FORMER = root();
  private static final X509Certificate RENEWED = root();

  private static X509Certificate root() {
    return MalformedCertificate.root(it -> {}).certificate();
  }

  @Test
  void shouldNotImportADistrustedKeyByAnotherCertificate() {
    DesiredCertificate.Import wanted =
        new DesiredCertificate.Import(
            "input",
            new CaOffer(
                CaPath.root(RENEWED), List.of(), List.of(), List.of(), Set.of(FORMER, RENEWED)));

    assertThat(
            wanted.refusal(
                CaGenerations.none(), Set.of(Fingerprint.of(FORMER)), MalformedCertificate.NOW))
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.InvalidInput);
              assertThat(why.message())
                  .contains("its key is also that of " + Fingerprint.of(FORMER), "another key");
            });
    assertThat(wanted.refusal(CaGenerations.none(), Set.of(), MalformedCertificate.NOW)).isEmpty();
  }
}
