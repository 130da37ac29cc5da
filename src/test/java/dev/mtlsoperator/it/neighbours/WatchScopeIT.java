package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An operator that watches only some namespaces does nothing that affects others. */
@Timeout(120)
final class WatchScopeIT {

  @Test
  void shouldRefuseWhatReachesOutAndAdvanceNothingThatDid() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Scene a = Scene.in(cluster, "listed");
      Scene b = Scene.in(cluster, "listed");
      Scene c = Scene.in(cluster, "unlisted");
      Manifest shared =
          rootCA("shared")
              .with("spec.rotation.overlap", "1s")
              .with("spec.allowedNamespaces.from", "All")
              .with("spec.policy.dnsNames", List.of("*.example.org"));
      Map<String, Object> ofA = Map.of("name", "shared", "namespace", a.namespace());

      // given all namespaces were watched once
      a.apply(shared);
      try (RunningOperator all = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(all.cluster()).isSameAs(cluster);
        a.readyRootCA("shared");
        b.apply(serverCert("web").with("spec.rootCARef", ofA));
        c.apply(serverCert("web").with("spec.rootCARef", ofA));
        b.readyServer("web");
        c.readyServer("web");
      }
      Secret before = c.secret("web");

      // when only a and b are watched
      try (RunningOperator some =
          RunningOperator.start(cluster, Clock.systemUTC(), Set.of(a.namespace(), b.namespace()))) {
        assertThat(some.cluster()).isSameAs(cluster);

        // then certificates in service stay, and the status says so
        eventually(
            () -> {
              ServerCert web = b.server("web");
              assertThat(reason(web.getStatus().conditions(), "Ready")).isEqualTo("Issued");
              assertThat(condition(web.getStatus().conditions(), "RenewalBlocked"))
                  .hasValueSatisfying(
                      blocked -> {
                        assertThat(blocked.reason()).isEqualTo("OutOfWatchScope");
                        assertThat(blocked.message()).contains("--namespaces", a.namespace());
                      });
            });

        // and no rotation advances
        a.kubectl("annotate", "rootca/shared", "mtls-operator.dev/rotate=now").orThrow();
        eventually(
            () -> {
              RootCA ca = a.rootCA("shared");
              assertThat(ca.getStatus().generations()).hasSize(2);
              assertThat(ca.getStatus().rotation()).isNotNull();
              assertThat(ca.getStatus().rotation().blockedBy())
                  .anyMatch(why -> why.contains("--namespaces"));
            });
        always(
            Duration.ofSeconds(3),
            () ->
                assertThat(a.secret("shared-ca-2").getMetadata().getAnnotations())
                    .doesNotContainKeys(
                        "mtls-operator.dev/distributed-at", "mtls-operator.dev/signing-since"));

        // and for new use it is refused
        b.apply(
            rootCA("wide")
                .with("spec.allowedNamespaces.from", "All")
                .with("spec.policy.dnsNames", List.of("*")),
            serverCert("new").with("spec.rootCARef", ofA),
            serverCert("trusting")
                .with("spec.rootCARef.name", "near")
                .with("spec.trustedCARefs", List.of(Map.of("name", "x", "namespace", "unseen"))),
            rootCA("near"),
            serverCert("near-by").with("spec.rootCARef.name", "near"));
        b.readyServer("near-by");
        eventually(
            () -> {
              assertThat(reason(b.caStatus("wide").conditions(), "Stalled"))
                  .isEqualTo("OutOfWatchScope");
              for (String name : List.of("new", "trusting")) {
                assertThat(b.server(name).getStatus()).isNotNull();
                assertThat(reason(b.server(name).getStatus().conditions(), "Stalled"))
                    .isEqualTo("OutOfWatchScope");
              }
            });
        assertThat(b.find(Secret.class, "wide-ca-1")).isEmpty();
        assertThat(b.kubectl("get", "rootca,servercert", "-o", "wide").orThrow())
            .contains("--namespaces");
      }
      assertThat(c.secret("web").getMetadata().getResourceVersion())
          .isEqualTo(before.getMetadata().getResourceVersion());
    }
  }
}
