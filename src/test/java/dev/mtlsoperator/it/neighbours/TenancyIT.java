package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.harness.Eventually;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A CA in one namespace serves other namespaces that it admits, under its own policy. */
@Timeout(120)
final class TenancyIT {
  private final Scene platform = Scene.begin("platform");
  private final Scene tenant = Scene.begin("tenant");

  private Manifest shared() {
    return rootCA("shared")
        .with("spec.rotation.overlap", "1s")
        .with("spec.allowedNamespaces.from", "Selector")
        .with("spec.allowedNamespaces.selector.matchLabels", Map.of("tenancy", "let-in"))
        .with("spec.policy.commonNames", List.of("*"))
        .with("spec.policy.dnsNames", List.of("*.example.org"));
  }

  private Manifest web() {
    return serverCert("web").with("spec.rootCARef", of("shared"));
  }

  private Map<String, Object> of(String rootCA) {
    return Map.of("name", rootCA, "namespace", platform.namespace());
  }

  private void label(String value) {
    platform
        .kubectl("label", "--overwrite", "namespace", tenant.namespace(), "tenancy=" + value)
        .orThrow();
  }

  @Test
  void shouldServeANamespaceForAsLongAsItIsLetInAndKeepItsTrustAfterwards() {
    // given
    platform.apply(shared());
    RootCA ca = platform.readyRootCA("shared");
    tenant.apply(web());
    eventually(() -> assertThat(stalled("web")).isEqualTo("CANotAvailable"));

    // when it is admitted
    label("let-in");

    // then
    ServerCert served = tenant.readyServer("web");
    assertThat(text(tenant.secret("web"), "ca.crt"))
        .isEqualTo(ca.getStatus().generations().get(0).certificate());

    // when it is no longer admitted
    label("gone");

    // then certificates in service stay, and the status says when they expire
    eventually(
        () -> {
          ServerCert web = tenant.server("web");
          assertThat(reason(web.getStatus().conditions(), "Ready")).isEqualTo("Issued");
          assertThat(condition(web.getStatus().conditions(), "RenewalBlocked"))
              .hasValueSatisfying(
                  blocked -> {
                    assertThat(blocked.reason()).isEqualTo("CANotAvailable");
                    assertThat(blocked.message())
                        .contains(
                            "may refer to", "stays valid until " + web.getStatus().notAfter());
                  });
        });

    // and it still gets updates of trust, without a write of its status
    String version = tenant.server("web").getMetadata().getResourceVersion();
    platform.kubectl("annotate", "rootca/shared", "mtls-operator.dev/rotate=now").orThrow();
    eventually(
        () -> {
          RootCA now = platform.rootCA("shared");
          assertThat(now.getStatus().generations()).hasSize(2);
          assertThat(text(tenant.secret("web"), "ca.crt"))
              .contains(now.getStatus().generations().get(1).certificate());
          assertThat(text(platform.secret("shared-ca-2"), "tls.crt")).isNotEmpty();
          assertThat(platform.secret("shared-ca-2").getMetadata().getAnnotations())
              .containsKey("mtls-operator.dev/signing-since");
        });
    assertThat(Scene.serial(tenant.secret("web"))).isEqualTo(served.getStatus().serialNumber());
    assertThat(tenant.server("web").getMetadata().getResourceVersion()).isEqualTo(version);

    // when it is admitted again
    label("let-in");

    // then
    assertThat(tenant.reissued(served).getStatus().caGeneration()).isEqualTo(2);
    eventually(
        () ->
            assertThat(condition(tenant.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEmpty());
  }

  @Test
  void shouldTrustTheCAsThatAreNamedAndNoOther() {
    // given
    label("let-in");
    platform.apply(shared());
    tenant.apply(rootCA("own"));
    String shared = certificate(platform.readyRootCA("shared"));
    String own = certificate(tenant.readyRootCA("own"));

    // when
    Manifest web =
        serverCert("web")
            .with("spec.rootCARef.name", "own")
            .with("spec.keystores.pkcs12.enabled", true)
            .with("spec.trustedCARefs", List.of(of("shared")));
    tenant.apply(web, clientCert("jane").with("spec.rootCARef", of("shared")));

    // then a server trusts one CA's clients and is signed by another
    ServerCert first = tenant.readyServer("web");
    tenant.readyClient("jane");
    assertThat(text(tenant.secret("web"), "ca.crt")).isEqualTo(shared);

    // when its own CA rotates: it blocks no rotation
    tenant
        .kubectl(
            "patch",
            "rootca/own",
            "--type=merge",
            "-p",
            "{\"spec\":{\"rotation\":{\"overlap\":\"1s\"}}}")
        .orThrow();
    tenant.kubectl("annotate", "rootca/own", "mtls-operator.dev/rotate=now").orThrow();
    ServerCert moved = tenant.reissued(first);

    // then
    assertThat(moved.getStatus().caGeneration()).isEqualTo(2);
    assertThat(text(tenant.secret("web"), "ca.crt")).isEqualTo(shared);
    eventually(() -> assertThat(tenant.find(Secret.class, "own-ca-1")).isEmpty());

    // when both are named, and then one is removed again
    String serial = moved.getStatus().serialNumber();
    tenant.apply(web.with("spec.trustedCARefs", List.of(of("shared"), Map.of("name", "own"))));
    eventually(
        () ->
            assertThat(text(tenant.secret("web"), "ca.crt"))
                .contains(shared, certificate(tenant.rootCA("own")))
                .doesNotContain(own));
    tenant.apply(web.with("spec.trustedCARefs", List.of(Map.of("name", "own"))));

    // then it leaves at once, without a new certificate
    eventually(
        () ->
            assertThat(text(tenant.secret("web"), "ca.crt"))
                .isEqualTo(certificate(tenant.rootCA("own"))));
    assertThat(Scene.serial(tenant.secret("web"))).isEqualTo(serial);
  }

  @Test
  void shouldKeepTheTrustOfACAThatIsNotThereAnyMore() {
    // given
    label("let-in");
    platform.apply(shared());
    tenant.apply(rootCA("own"));
    String shared = certificate(platform.readyRootCA("shared"));
    String own = certificate(tenant.readyRootCA("own"));
    tenant.apply(
        serverCert("web")
            .with("spec.rootCARef.name", "own")
            .with("spec.trustedCARefs", List.of(of("shared"), Map.of("name", "own"))));
    tenant.readyServer("web");

    // when
    platform.kubectl("delete", "rootca/shared", "secret/shared-ca-1").orThrow();

    // then
    eventually(
        () ->
            assertThat(reason(tenant.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEqualTo("CANotAvailable"));
    assertThat(reason(tenant.server("web").getStatus().conditions(), "Ready")).isEqualTo("Issued");
    assertThat(text(tenant.secret("web"), "ca.crt")).contains(shared, own);

    // when the other one gets a successor
    tenant.kubectl("annotate", "rootca/own", "mtls-operator.dev/rotate=now").orThrow();

    // then its trust is added to what is kept
    eventually(
        () ->
            assertThat(text(tenant.secret("web"), "ca.crt"))
                .contains(shared, own, text(tenant.secret("own-ca-2"), "tls.crt")));
  }

  @Test
  void shouldSayBeforehandThatATighterPolicyWillRefuse() {
    // given
    label("let-in");
    platform.apply(shared());
    tenant.apply(web());
    ServerCert served = tenant.readyServer("web");

    // when
    platform.apply(shared().with("spec.policy.dnsNames", List.of("*.{namespace}.example.org")));

    // then
    eventually(
        () -> {
          ServerCert web = tenant.server("web");
          assertThat(reason(web.getStatus().conditions(), "Ready")).isEqualTo("Issued");
          assertThat(condition(web.getStatus().conditions(), "RenewalBlocked"))
              .hasValueSatisfying(
                  blocked -> {
                    assertThat(blocked.reason()).isEqualTo("PolicyViolation");
                    assertThat(blocked.message())
                        .contains(
                            "does not allow the DNS name 'web.example.org'",
                            "*." + tenant.namespace() + ".example.org",
                            "stays valid until " + web.getStatus().notAfter());
                  });
        });
    String shown = tenant.kubectl("describe", "servercert", "web").orThrow();
    assertThat(shown).contains("PolicyViolation", "spec.policy.dnsNames of the RootCA");

    // when it is to be renewed nevertheless
    tenant.kubectl("annotate", "servercert/web", "mtls-operator.dev/renew=now").orThrow();
    tenant.apply(web().with("metadata.name", "another"));

    // then nothing is issued
    eventually(() -> assertThat(stalled("another")).isEqualTo("PolicyViolation"));
    assertThat(Scene.serial(tenant.secret("web"))).isEqualTo(served.getStatus().serialNumber());
    assertThat(tenant.find(Secret.class, "another")).isEmpty();

    // this created no new generation
    assertThat(platform.caStatus("shared").generations()).hasSize(1);

    // when the CA changes meanwhile
    platform.kubectl("annotate", "rca/shared", "mtls-operator.dev/rotate=now").orThrow();

    // then a leaf that gets no certificate also gets updates of trust
    eventually(
        () ->
            assertThat(text(tenant.secret("web"), "ca.crt").split("BEGIN CERTIFICATE", -1))
                .hasSize(3));
    assertThat(Scene.serial(tenant.secret("web"))).isEqualTo(served.getStatus().serialNumber());

    // when the holder asks for a name that is allowed
    tenant.apply(
        web().with("spec.dnsNames", List.of("web." + tenant.namespace() + ".example.org")));

    // then
    tenant.reissued(served);
    assertThat(condition(tenant.server("web").getStatus().conditions(), "RenewalBlocked"))
        .isEmpty();
  }

  @Test
  void shouldWakeOnlyThoseWhoSeeAChange() {
    // given
    label("let-in");
    platform.apply(shared());
    tenant.apply(web());
    ServerCert served = tenant.readyServer("web");

    // when
    for (int i = 0; i < 3; i++) {
      platform.kubectl("annotate", "--overwrite", "rootca/shared", "note=" + i).orThrow();
      platform.apply(shared().with("spec.renewBefore", (1000 + i) + "d"));
      platform
          .kubectl("label", "--overwrite", "namespace", tenant.namespace(), "note=" + i)
          .orThrow();
    }

    // then
    Eventually.always(
        java.time.Duration.ofSeconds(1),
        () ->
            assertThat(tenant.server("web").getMetadata().getResourceVersion())
                .isEqualTo(served.getMetadata().getResourceVersion()));
  }

  @Test
  void shouldNotWaitForANamespaceThatIsBeingDeleted() {
    // given
    label("let-in");
    platform.apply(shared());
    tenant.apply(web());
    tenant.readyServer("web");
    stay("[\"example.org/stay\"]");
    platform.kubectl("delete", "namespace", tenant.namespace(), "--wait=false").orThrow();
    // it no longer follows any CA
    eventually(
        () -> assertThat(tenant.server("web").getMetadata().getDeletionTimestamp()).isNotNull());

    // when
    platform.kubectl("annotate", "rca/shared", "mtls-operator.dev/rotate=now").orThrow();

    // then
    eventually(
        () -> {
          RootCA ca = platform.rootCA("shared");
          assertThat(condition(ca.getStatus().conditions(), "TrustBlocked"))
              .hasValueSatisfying(
                  blocked ->
                      assertThat(blocked.message())
                          .contains(
                              "ServerCert '"
                                  + tenant.namespace()
                                  + "/web' goes: its namespace is being deleted"));
          assertThat(ca.getStatus().generations())
              .singleElement()
              .satisfies(g -> assertThat(g.generation()).isEqualTo(2));
        });
    stay("[]");
  }

  private void stay(String finalizers) {
    String patch = "{\"metadata\":{\"finalizers\":" + finalizers + "}}";
    for (String object : List.of("secret/web", "servercert/web")) {
      tenant.kubectl("patch", object, "--type=merge", "-p", patch).orThrow();
    }
  }

  private String stalled(String name) {
    LeafCert<?> leaf = tenant.server(name);
    return leaf.getStatus() == null
        ? "not reported"
        : String.valueOf(reason(leaf.getStatus().conditions(), "Stalled"));
  }

  private static String certificate(RootCA ca) {
    assertThat(condition(ca.getStatus().conditions(), "Ready"))
        .hasValueSatisfying(ready -> assertThat(ready.status()).isEqualTo(ConditionStatus.TRUE));
    List<Generation> all = ca.getStatus().generations();
    return String.valueOf(all.get(all.size() - 1).certificate());
  }
}
