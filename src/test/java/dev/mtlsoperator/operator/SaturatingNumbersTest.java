package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that somebody patched into a status. */
final class SaturatingNumbersTest {
  private final KubernetesClient client =
      Clients.create(
          new ConfigBuilder().withMasterUrl("https://localhost:1").build(), new ApiTraffic());

  @AfterEach
  void end() {
    client.close();
  }

  private <T> T read(String json, Class<T> type) {
    return client.getKubernetesSerialization().unmarshal(json, type);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "-3, -3",
    "2147483647, 2147483647",
    "2147483648, 2147483647",
    "99999999999999999999, 2147483647",
    "-99999999999, -2147483648",
    "1e30, 2147483647",
  })
  void shouldReadWhatIsTooLargeAsTheLargest(String written, int read) {
    ServerCert cert =
        read(
            """
            {"apiVersion": "mtls-operator.dev/v1alpha1", "kind": "ServerCert", "metadata": {"name": "web"},
             "status": {"revision": %1$s, "caGeneration": %1$s, "observedGeneration": %1$s,
               "failures": {"count": %1$s, "lastTime": "", "nextTry": ""}}}
            """
                .formatted(written),
            ServerCert.class);

    assertThat(cert.getStatus().revision()).isEqualTo(read);
    assertThat(cert.getStatus().caGeneration()).isEqualTo(read);
    assertThat(cert.getStatus().failures().count()).isEqualTo(read);
  }

  @Test
  void shouldReadAllElseAsBefore() {
    RootCA ca =
        read(
            """
            {"apiVersion": "mtls-operator.dev/v1alpha1", "kind": "RootCA",
             "metadata": {"name": "root", "generation": 3, "deletionGracePeriodSeconds": null},
             "status": {"observedGeneration": null, "rotation": {"phase": "Stable", "leavesPending": null}}}
            """,
            RootCA.class);

    assertThat(ca.getMetadata().getGeneration()).isEqualTo(3L);
    assertThat(ca.getStatus().observedGeneration()).isNull();
  }
}
