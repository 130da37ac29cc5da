package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator's client reads of an object. */
final class ClientsTest {

  @ParameterizedTest
  @ValueSource(classes = {ServerCert.class, Secret.class})
  void shouldSkipFieldManagersAndReadAllElse(Class<? extends HasMetadata> kind) {
    try (KubernetesClient client =
        Clients.create(
            new ConfigBuilder().withMasterUrl("https://localhost:1").build(), new ApiTraffic())) {
      HasMetadata read =
          client
              .getKubernetesSerialization()
              .unmarshal(
                  """
                  {"apiVersion": "%s", "kind": "%s", "metadata": {"name": "web", "namespace": "shop",
                    "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {}}}],
                    "uid": "uid-of-web", "annotations": {"a": "b"}}}
                  """
                      .formatted(HasMetadata.getApiVersion(kind), HasMetadata.getKind(kind)),
                  kind);

      assertThat(read.getMetadata().getManagedFields()).isEmpty();
      assertThat(read.getMetadata().getAdditionalProperties()).isEmpty();
      assertThat(read.getMetadata().getUid()).isEqualTo("uid-of-web");
      assertThat(read.getMetadata().getAnnotations()).containsEntry("a", "b");
      assertThat(client.getKubernetesSerialization().asJson(read)).doesNotContain("managedFields");
    }
  }

  @Test
  void shouldNotReadTheKubeconfigAgainForWhoPresentsACertificate() {
    Config certificate =
        Clients.withoutNeedlessRefresh(
            new ConfigBuilder(Config.empty()).withClientCertData("AAAA").build());

    assertThat(certificate.getOauthTokenProvider().getToken()).isNull();
  }

  @Test
  void shouldReadATokenAgain() {
    Config token =
        new ConfigBuilder(Config.empty())
            .withClientCertData("AAAA")
            .withAutoOAuthToken("token")
            .build();

    assertThat(Clients.withoutNeedlessRefresh(token)).isSameAs(token);
    assertThat(Clients.withoutNeedlessRefresh(Config.empty()).getOauthTokenProvider()).isNull();
  }
}
