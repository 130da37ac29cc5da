package dev.mtlsoperator.rotation.request;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.revocation.RevocationUrls;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RevocationSourcesTest {
  private static final Optional<String> RESPONDER = Optional.of("http://crl.example.com/ocsp");

  private static RevocationUrls urls(RootCA ca, Optional<String> responder, int generation) {
    return RevocationSources.of(ca, responder).urls(generation);
  }

  private static RootCA publishing(Map<String, ?> revocation) {
    return aRootCA(it -> it.revocation(revocation));
  }

  @Test
  void shouldNameTheCrlOfTheGenerationThatSigns() {
    RootCA ca =
        publishing(
            Map.of(
                "distributionPoints",
                List.of(
                    "http://crl.example.com/{namespace}/{name}/{generation}.crl",
                    "https://b.example/?of={generation}&ca={name}{name}")));

    assertThat(urls(ca, RESPONDER, 3))
        .isEqualTo(
            new RevocationUrls(
                List.of(
                    "http://crl.example.com/shop/root/3.crl",
                    "https://b.example/?of=3&ca=rootroot"),
                Optional.empty()));
    assertThat(urls(ca, RESPONDER, 12).crls())
        .startsWith("http://crl.example.com/shop/root/12.crl");
  }

  @Test
  void shouldNameTheResponderOnlyWhereOneIsAskedForAndReached() {
    RootCA asking = publishing(Map.of("ocsp", true));

    assertThat(urls(asking, RESPONDER, 1)).isEqualTo(new RevocationUrls(List.of(), RESPONDER));
    assertThat(urls(asking, Optional.empty(), 1)).isEqualTo(RevocationUrls.none());
    assertThat(urls(publishing(Map.of()), RESPONDER, 1)).isEqualTo(RevocationUrls.none());
    assertThat(urls(aRootCA(), RESPONDER, 1)).isEqualTo(RevocationUrls.none());
  }
}
