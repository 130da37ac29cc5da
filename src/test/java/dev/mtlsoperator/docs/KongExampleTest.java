package dev.mtlsoperator.docs;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The example for Kong, which cannot be run here, has the layout that Kong's ingress controller
 * documents and reads: {@code internal/dataplane/translator/translate_cacerts.go} and {@code
 * internal/store/store.go} of Kong/kubernetes-ingress-controller.
 */
final class KongExampleTest {
  private static final Path EXAMPLE = Path.of("examples", "gateways", "kong");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** {@code uuid_regex} of Kong's schemas. */
  private static final String UUID =
      "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

  @Test
  void shouldWriteWhatKongReads() throws IOException {
    // given: in the middle of a rotation
    RootCA ca = rootCA();
    TrustContent both = new TrustContent(new TreeMap<>(Map.of(1, root(), 2, root())), List.of());

    // when
    List<ConfigMap> written =
        TrustTargets.of(ca, both, Set.of(), Optional.empty(), TrustTargets.ClusterApi.MISSING)
            .targets()
            .stream()
            .map(target -> TrustCopy.create(ca, target, both, NOW, new Seal(new byte[32])))
            .map(ConfigMap.class::cast)
            .toList();

    // then
    assertThat(written).hasSize(2);
    Set<String> ids = new HashSet<>();
    for (ConfigMap map : written) {
      ObjectMeta metadata = map.getMetadata();
      assertThat(metadata.getLabels()).containsEntry("konghq.com/ca-cert", "true");
      assertThat(metadata.getAnnotations()).containsEntry("kubernetes.io/ingress.class", "kong");
      assertThat(map.getData()).containsOnlyKeys("id", "ca.crt");
      assertThat(map.getData().get("id")).matches(UUID);
      assertThat(map.getData().get("ca.crt"))
          .startsWith("-----BEGIN CERTIFICATE-----\n")
          .containsOnlyOnce("BEGIN CERTIFICATE")
          .endsWith("-----END CERTIFICATE-----\n");
      ids.add(Objects.requireNonNull(map.getData().get("id")));
    }
    assertThat(ids).hasSize(2);
    assertThat(written).extracting(map -> map.getMetadata().getName()).doesNotHaveDuplicates();
  }

  @Test
  void shouldNameInThePluginWhatTheReadmeFillsIn() throws IOException {
    // given
    JsonNode plugin = kong().get(0);
    JsonNode ingress = kong().get(1);
    String readme = Files.readString(EXAMPLE.resolve("README.md"));

    // then
    assertThat(plugin.at("/kind").asText()).isEqualTo("KongPlugin");
    assertThat(plugin.at("/plugin").asText()).isEqualTo("mtls-auth");
    assertThat(plugin.at("/config/ca_certificates")).isNotEmpty();
    plugin.at("/config/ca_certificates").forEach(id -> assertThat(id.asText()).matches(UUID));
    String name = plugin.at("/metadata/name").asText();
    assertThat(ingress.at("/metadata/annotations/konghq.com~1plugins").asText()).isEqualTo(name);
    assertThat(ingress.at("/spec/ingressClassName").asText())
        .isEqualTo(plugin.at("/metadata/annotations/kubernetes.io~1ingress.class").asText());
    assertThat(manifests().leaves())
        .filteredOn(ServerCert.class::isInstance)
        .extracting(leaf -> leaf.effectiveSecretName())
        .containsExactly(ingress.at("/spec/tls/0/secretName").asText());
    assertThat(readme)
        .contains("Layout checked, not run")
        .contains("kubectl patch kongplugin " + name + " ")
        .contains("mtls-operator.dev/root-ca=" + rootCA().getMetadata().getName());
  }

  private static RootCA rootCA() throws IOException {
    RootCA ca = manifests().rootCAs().get(0);
    ca.getMetadata().setNamespace("edge");
    ca.getMetadata().setUid("uid-of-company");
    return ca;
  }

  private static Manifests manifests() throws IOException {
    Manifests read =
        Manifests.read("rootca.yaml", Files.readString(EXAMPLE.resolve("rootca.yaml")));
    assertThat(read.problems()).isEmpty();
    return read;
  }

  private static List<JsonNode> kong() throws IOException {
    YAMLMapper yaml = new YAMLMapper();
    try (var documents =
        yaml.readerFor(JsonNode.class)
            .<JsonNode>readValues(EXAMPLE.resolve("kong.yaml").toFile())) {
      return documents.readAll();
    }
  }

  private static X509Certificate root() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate();
  }
}
