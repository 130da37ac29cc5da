package dev.mtlsoperator.pki.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class OcspSignersTest {
  private static final Instant NOW = Instant.parse("2026-01-07T10:00:00Z");

  private final CertificateAuthority ca = TestCrls.root(NOW);
  private final AtomicInteger reads = new AtomicInteger();
  private final OcspSigners signers = new OcspSigners();
  private Optional<CertificateAuthority> key = Optional.of(ca);

  private Optional<OcspSigner> at(Instant now) {
    return signers.of(
        ca.certificate(),
        () -> {
          reads.incrementAndGet();
          return key;
        },
        now);
  }

  @Test
  void shouldReadTheKeyOnceInHalfALife() {
    OcspSigner first = at(NOW).orElseThrow();

    assertThat(at(first.dueAt().minusSeconds(1))).containsSame(first);
    assertThat(reads).hasValue(1);
    assertThat(at(first.dueAt()).orElseThrow()).isNotSameAs(first);
    assertThat(reads).hasValue(2);
  }

  @Test
  void shouldKeepTheFormerOneWhileItLasts() {
    OcspSigner first = at(NOW).orElseThrow();
    key = Optional.empty();

    assertThat(at(first.dueAt())).containsSame(first);
    assertThat(at(NOW.plus(Duration.ofDays(7)))).isEmpty();
  }

  @Test
  void shouldHaveOneForEachIssuer() {
    CertificateAuthority other = TestCrls.root(NOW);

    OcspSigner foreign =
        signers.of(other.certificate(), () -> Optional.of(other), NOW).orElseThrow();

    assertThat(foreign).isNotSameAs(at(NOW).orElseThrow());
    assertThat(foreign.certificate().getIssuerX500Principal())
        .isEqualTo(other.certificate().getSubjectX500Principal());
  }
}
