package dev.mtlsoperator.reconcile.revocation;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RevocationObserverTest {
  private static final Optional<String> URL = Optional.of("http://crl.example.com/ocsp");

  @Test
  void shouldSayThatCertificatesCannotNameTheResponder() {
    RootCA asking = aRootCA(it -> it.revocation(Map.of("ocsp", true)));

    assertThat(RevocationObserver.unreachable(asking, Optional.empty()))
        .hasValueSatisfying(
            why -> assertThat(why).contains("--crl-port and --crl-url", "leave out ocsp"));
    assertThat(RevocationObserver.unreachable(asking, URL)).isEmpty();
    assertThat(
            RevocationObserver.unreachable(
                aRootCA(it -> it.revocation(Map.of())), Optional.empty()))
        .isEmpty();
    assertThat(RevocationObserver.unreachable(aRootCA(), Optional.empty())).isEmpty();
  }
}
