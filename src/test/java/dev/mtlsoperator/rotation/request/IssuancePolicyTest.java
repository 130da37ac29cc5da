package dev.mtlsoperator.rotation.request;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A policy judges what a certificate is for by its kind and its usages. */
final class IssuancePolicyTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(ca("{}")), NOW);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kinds: []                                             | ServerCert | []               | true
          kinds: []                                             | ClientCert | []               | true
          kinds: []                                             | ServerCert | [server]         | true
          kinds: []                                             | ServerCert | [server, client] | false
          kinds: []                                             | ClientCert | [client, server] | false
          kinds: [ClientCert]                                   | ServerCert | []               | false
          usages: [server]                                      | ServerCert | []               | true
          usages: [server]                                      | ClientCert | []               | false
          usages: [client]                                      | ServerCert | [server, client] | false
          usages: [server, client]                              | ServerCert | [server, client] | true
          usages: [server, client]                              | ClientCert | [client, server] | true
          usages: [client, server]                              | ClientCert | []               | true
          {usages: [server, client], kinds: [ServerCert]}       | ServerCert | [client, server] | true
          {usages: [server, client], kinds: [ServerCert]}       | ClientCert | [client, server] | false
          """)
  void shouldAllowASecondUsageOnlyWhereItIsListed(
      String policy, String kind, String usages, boolean allowed) {
    String restriction = policy.startsWith("{") ? policy : "{" + policy + "}";
    LeafCert<?> leaf = leaf(kind, usages);
    RootCA ca = ca("{dnsNames: [\"*.example\"], " + restriction.substring(1));

    Optional<Finding> refusal =
        IssuancePolicy.of(ca, leaf)
            .refusal(CertificateTemplate.of(leaf).request(NOW, null), CA.certificate());

    assertThat(refusal.isEmpty()).isEqualTo(allowed);
    refusal.ifPresent(
        finding -> {
          assertThat(finding.reason()).isEqualTo(Reason.PolicyViolation);
          assertThat(finding.message()).contains("usages", "of the RootCA extended");
        });
  }

  private static LeafCert<?> leaf(String kind, String usages) {
    String yaml =
        """
        metadata: {name: peer, namespace: shop}
        spec: {rootCARef: {name: root}, dnsNames: [a.example], usages: %s}
        """
            .formatted(usages);
    return kind.equals("ServerCert") ? read(yaml, ServerCert.class) : read(yaml, ClientCert.class);
  }

  private static RootCA ca(String policy) {
    return read(
        """
        metadata: {name: root, namespace: shop}
        spec: {commonName: root, policy: %s}
        """
            .formatted(policy),
        RootCA.class);
  }

  private static <T> T read(String yaml, Class<T> type) {
    try {
      return YAML.readValue(yaml, type);
    } catch (IOException e) {
      throw new AssertionError(yaml, e);
    }
  }
}
