package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ValidityTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00.987Z");

  @Test
  void shouldStartFiveMinutesAgoInWholeSeconds() {
    assertThat(Validity.starting(NOW, Duration.ofHours(1)))
        .isEqualTo(
            new Validity(
                Instant.parse("2026-11-23T11:55:00Z"), Instant.parse("2026-11-23T13:00:00Z")));
  }

  @Test
  void shouldRefuseToBeEmpty() {
    assertThatThrownBy(() -> new Validity(NOW, NOW)).isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> new Validity(NOW, NOW.minusSeconds(1)))
        .isInstanceOf(PkiException.class);
  }

  @Test
  void shouldStayWithinItsIssuers() {
    var ca = MalformedCertificate.root(it -> {}).certificate();
    Validity longer =
        new Validity(
            MalformedCertificate.NOW.minusSeconds(301), MalformedCertificate.END.plusSeconds(1));
    Validity within =
        new Validity(MalformedCertificate.NOW, MalformedCertificate.END.minusSeconds(1));

    assertThat(longer.clampedTo(ca))
        .isEqualTo(
            new Validity(MalformedCertificate.NOW.minusSeconds(300), MalformedCertificate.END));
    assertThat(within.clampedTo(ca)).isEqualTo(within);
  }

  @Test
  void shouldRefuseToStartAfterItsIssuersEnd() {
    var ca = MalformedCertificate.root(it -> {}).certificate();
    Validity later =
        new Validity(MalformedCertificate.END, MalformedCertificate.END.plusSeconds(60));

    assertThatThrownBy(() -> later.clampedTo(ca)).isInstanceOf(PkiException.class);
  }
}
