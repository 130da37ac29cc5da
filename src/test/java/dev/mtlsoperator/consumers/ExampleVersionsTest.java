package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The examples name the releases that tests run them with. */
final class ExampleVersionsTest {
  private static final Path EXAMPLES = Path.of("examples", "gateways");

  @Test
  void shouldNameThePinnedReleases() throws IOException {
    String contour = "Contour " + Contour.version().text();
    String envoy = "Envoy " + Envoy.version().text();
    String envoyGateway = "Envoy Gateway " + EnvoyGateway.version().text();

    assertThat(read("contour/README.md")).contains(contour + " and " + envoy, contour + " asks");
    assertThat(read("envoy-gateway/README.md")).contains(envoyGateway + " and " + envoy);
    assertThat(read("envoy/README.md")).contains("a real " + envoy);
    assertThat(read("envoy/envoy.yaml"))
        .contains("image: envoyproxy/envoy:v" + Envoy.version().text() + "\n");
    assertThat(read("ingress-nginx/README.md"))
        .contains("[Envoy Gateway](../envoy-gateway/README.md) " + EnvoyGateway.version().text());
  }

  private static String read(String file) throws IOException {
    return Files.readString(EXAMPLES.resolve(file));
  }
}
