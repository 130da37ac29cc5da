package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CertificateMetricsTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<RootCA> cas = new ArrayList<>();
  private final List<LeafCert<?>> leaves = new ArrayList<>();

  private List<String> scrape(Settings.Series series) {
    new CertificateMetrics(
            registry,
            series,
            new UnexpectedExceptions(part -> {}),
            cas::stream,
            leaves::stream,
            new CrlMetrics(registry, ca -> 2))
        .refresh();
    return registry.scrape().lines().filter(line -> line.startsWith("mtls_")).toList();
  }

  private static ServerCert server(String name, String conditions, String notAfter) {
    return Serialization.unmarshal(
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: ServerCert
        metadata: {name: %s, namespace: shop}
        spec: {rootCARef: {name: root}, dnsNames: [a.example.org]}
        status:
          conditions: [%s]
          notAfter: %s
          renewalTime: "2026-06-01T00:00:00Z"
        """
            .formatted(name, conditions, notAfter),
        ServerCert.class);
  }

  private static String condition(String type, String reason) {
    return """
        {type: %s, status: "True", reason: %s, message: m, lastTransitionTime: "2026-01-01T00:00:00Z"}"""
        .formatted(type, reason);
  }

  @Test
  void shouldHaveOneSeriesForEachCAHoweverManyCertificates() {
    for (int i = 0; i < 100; i++) {
      leaves.add(
          server(
              "s" + i,
              condition("Ready", "Issued"),
              "2026-07-%02dT00:00:00Z".formatted(1 + i % 28)));
    }

    assertThat(scrape(Settings.Series.EACH_CA))
        .containsExactlyInAnyOrder(
            "mtls_certificates{kind=\"ServerCert\",namespace=\"shop\",ready=\"true\",root_ca=\"root\"} 100.0",
            "mtls_certificates_earliest_expiry_timestamp_seconds{kind=\"ServerCert\",namespace=\"shop\",root_ca=\"root\"} 1.782864E9",
            "mtls_certificates_earliest_renewal_timestamp_seconds{kind=\"ServerCert\",namespace=\"shop\",root_ca=\"root\"} 1.780272E9");
  }

  @Test
  void shouldHaveASeriesForEachCertificateWhereWished() {
    leaves.add(server("a", condition("Ready", "Issued"), "2026-07-01T00:00:00Z"));

    assertThat(scrape(Settings.Series.EACH_CERTIFICATE))
        .contains(
            "mtls_certificate_expiry_timestamp_seconds{kind=\"ServerCert\",name=\"a\",namespace=\"shop\",root_ca=\"root\"} 1.782864E9");
  }

  @Test
  void shouldTellWhatIsBlockedByReason() {
    leaves.add(server("a", condition("Stalled", "SecretConflict"), "2026-07-01T00:00:00Z"));
    leaves.add(server("b", condition("Stalled", "SecretConflict"), "2026-07-01T00:00:00Z"));

    assertThat(scrape(Settings.Series.EACH_CA))
        .contains(
            "mtls_resources_blocked{condition=\"Stalled\",kind=\"ServerCert\",namespace=\"shop\",reason=\"SecretConflict\"} 2.0",
            "mtls_certificates{kind=\"ServerCert\",namespace=\"shop\",ready=\"false\",root_ca=\"root\"} 2.0");
  }

  @Test
  void shouldTellWhatHoldsUpTrustAndRestarts() {
    cas.add(
        Serialization.unmarshal(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: RootCA
            metadata: {name: root, namespace: shop}
            spec: {commonName: root}
            status: {conditions: [%s, %s]}
            """
                .formatted(
                    condition("Ready", "Issued"), condition("TrustBlocked", "TrustNotDistributed")),
            RootCA.class));
    leaves.add(
        server(
            "a",
            condition("Ready", "Issued") + ", " + condition("RestartBlocked", "RestartFailed"),
            "2026-07-01T00:00:00Z"));

    assertThat(scrape(Settings.Series.EACH_CA))
        .contains(
            "mtls_resources_blocked{condition=\"TrustBlocked\",kind=\"RootCA\",namespace=\"shop\",reason=\"TrustNotDistributed\"} 1.0",
            "mtls_resources_blocked{condition=\"RestartBlocked\",kind=\"ServerCert\",namespace=\"shop\",reason=\"RestartFailed\"} 1.0",
            "mtls_certificates{kind=\"ServerCert\",namespace=\"shop\",ready=\"true\",root_ca=\"root\"} 1.0");
  }

  @Test
  void shouldTellOfTheCrlsOfEachRootCAThatPublishesSome() {
    cas.add(
        Serialization.unmarshal(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: RootCA
            metadata: {name: root, namespace: shop}
            spec: {commonName: root, revocation: {}}
            status:
              conditions: [%s]
              crl: {number: "1782864000000", thisUpdate: "2026-07-01T00:00:00Z", nextUpdate: "2026-07-31T00:00:00Z", revoked: 3, published: true}
            """
                .formatted(condition("RevocationIncomplete", "RevocationIncomplete")),
            RootCA.class));

    assertThat(scrape(Settings.Series.EACH_CA))
        .contains(
            "mtls_crl_revoked{namespace=\"shop\",root_ca=\"root\"} 3.0",
            "mtls_crl_number{namespace=\"shop\",root_ca=\"root\"} 1.782864E12",
            "mtls_crl_this_update_timestamp_seconds{namespace=\"shop\",root_ca=\"root\"} 1.782864E9",
            "mtls_crl_next_update_timestamp_seconds{namespace=\"shop\",root_ca=\"root\"} 1.785456E9",
            "mtls_crl_copies_behind{namespace=\"shop\",root_ca=\"root\"} 2.0",
            "mtls_resources_blocked{condition=\"RevocationIncomplete\",kind=\"RootCA\",namespace=\"shop\",reason=\"RevocationIncomplete\"} 1.0");
  }

  @Test
  void shouldTellWhatPeersRefuseApartFromWhatIsBlocked() {
    leaves.add(
        server(
            "a",
            condition("Ready", "Issued") + ", " + condition("Advisory", "Ed25519"),
            "2026-07-01T00:00:00Z"));

    assertThat(scrape(Settings.Series.EACH_CA))
        .contains(
            "mtls_resources_advised{kind=\"ServerCert\",namespace=\"shop\",reason=\"Ed25519\"} 1.0",
            "mtls_certificates{kind=\"ServerCert\",namespace=\"shop\",ready=\"true\",root_ca=\"root\"} 1.0")
        .noneMatch(line -> line.startsWith("mtls_resources_blocked{"));
  }

  @Test
  void shouldForgetWhatWasDeleted() {
    leaves.add(server("a", condition("Ready", "Issued"), "2026-07-01T00:00:00Z"));
    CertificateMetrics inventory =
        new CertificateMetrics(
            registry,
            Settings.Series.EACH_CERTIFICATE,
            new UnexpectedExceptions(part -> {}),
            cas::stream,
            leaves::stream,
            new CrlMetrics(registry, ca -> 0));
    inventory.refresh();

    leaves.clear();
    inventory.refresh();

    assertThat(registry.scrape()).doesNotContain("shop");
  }

  @Test
  void shouldPassOverATimeThatSomebodyElseWrote() {
    leaves.add(server("a", condition("Ready", "Issued"), "tomorrow"));

    assertThat(scrape(Settings.Series.EACH_CA))
        .noneMatch(line -> line.contains("earliest_expiry"))
        .anyMatch(line -> line.startsWith("mtls_certificates{"));
  }
}
