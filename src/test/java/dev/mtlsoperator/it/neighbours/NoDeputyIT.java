package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cluster.Kubectl;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.harness.ChartRoles;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A tenant with the chart's edit role in one namespace gains nothing through the operator that it
 * could not have without it.
 */
@Timeout(120)
final class NoDeputyIT {
  private static final String TENANT = "mallory";

  private final Scene platform = Scene.begin("platform");
  private final Scene own = Scene.begin("mallory");
  private final Kubectl kubectl = RunningOperator.shared().cluster().kubectl();

  @BeforeAll
  static void installRoles() throws IOException {
    ChartRoles.install(RunningOperator.shared().cluster());
  }

  @BeforeEach
  void bind() {
    own.kubectl("create", "rolebinding", TENANT, "--clusterrole=edit", "--user=" + TENANT)
        .orThrow();
    eventually(
        () ->
            assertThat(as("auth", "can-i", "create", "servercerts.mtls-operator.dev").stdout())
                .startsWith("yes"));
  }

  private KubectlResult as(String... arguments) {
    return kubectl.run(
        Stream.concat(Stream.of(arguments), Stream.of("--as=" + TENANT, "-n", own.namespace()))
            .toArray(String[]::new));
  }

  private KubectlResult applyAs(Manifest... manifests) {
    return kubectl.runWithInput(
        Manifest.all(manifests), "apply", "--as=" + TENANT, "-n", own.namespace(), "-f", "-");
  }

  private Map<String, Object> of(String rootCA) {
    return Map.of("name", rootCA, "namespace", platform.namespace());
  }

  @Test
  void shouldNotTellAForbiddenCAFromOneThatIsNotThere() {
    // given
    platform.apply(
        rootCA("there"),
        rootCA("others")
            .with("spec.allowedNamespaces.from", "Selector")
            .with("spec.allowedNamespaces.selector.matchLabels", Map.of("team", "other"))
            .with("spec.policy.dnsNames", List.of("*")));
    platform.readyRootCA("there");
    platform.readyRootCA("others");
    own.apply(rootCA("root"));
    own.readyRootCA("root");

    // when
    applyAs(
            serverCert("a-there").with("spec.rootCARef", of("there")),
            serverCert("a-other").with("spec.rootCARef", of("others")),
            serverCert("a-empty").with("spec.rootCARef", of("nobody")),
            serverCert("b-there").with("spec.trustedCARefs", List.of(of("there"))),
            serverCert("b-other").with("spec.trustedCARefs", List.of(of("others"))),
            serverCert("b-empty").with("spec.trustedCARefs", List.of(of("nobody"))))
        .orThrow();

    // then
    for (String group : List.of("a", "b")) {
      eventually(
          () -> {
            String empty = all(group + "-empty", "nobody");
            assertThat(empty).contains("CANotAvailable");
            assertThat(all(group + "-there", "there")).isEqualTo(empty);
            assertThat(all(group + "-other", "others")).isEqualTo(empty);
          });
    }
    assertThat(own.secrets()).noneMatch(s -> s.getType().equals("kubernetes.io/tls"));
  }

  /** All messages about a leaf, without its name, the CA's name, and times. */
  private String all(String name, String rootCA) {
    LeafCert<?> leaf = own.server(name);
    assertThat(leaf.getStatus()).isNotNull();
    TreeSet<String> events = new TreeSet<>();
    own.events(leaf)
        .forEach(
            event ->
                events.add(
                    event.getType()
                        + " "
                        + event.getReason()
                        + " "
                        + event.getMessage()
                        + " "
                        + event.getCount()));
    assertThat(events).isNotEmpty();
    return (Serialization.asYaml(leaf.getStatus()) + events)
        .replace("'" + platform.namespace() + "/" + rootCA + "'", "the CA")
        .replace(name, "the leaf")
        .replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "a time");
  }

  @Test
  void shouldHaveNothingSignedThatThePolicyDoesNotList() {
    // given
    platform.apply(
        rootCA("shared")
            .with("spec.allowedNamespaces.from", "All")
            .with("spec.policy.kinds", List.of("ServerCert"))
            .with("spec.policy.commonNames", List.of("app"))
            .with("spec.policy.dnsNames", List.of("*.{namespace}.svc")));
    platform.readyRootCA("shared");
    String mine = "web." + own.namespace() + ".svc";
    Map<String, Manifest> attempts = new TreeMap<>();
    attempts.put("other-cn", asking().with("spec.commonName", "admin"));
    attempts.put("cn-in-capitals", asking().with("spec.commonName", "APP"));
    attempts.put("second-cn", asking().with("spec.literalSubject", "CN=app,CN=admin"));
    attempts.put("cn-before", asking().with("spec.literalSubject", "CN=admin,CN=app"));
    attempts.put("escaped-cn", asking().with("spec.literalSubject", "CN=\\61dmin"));
    attempts.put(
        "mail", asking().with("spec.literalSubject", "emailAddress=root@a.example,CN=app"));
    attempts.put("uid", asking().with("spec.literalSubject", "UID=0,CN=app"));
    attempts.put("group", asking().with("spec.subject.organizations", List.of("system:masters")));
    attempts.put("domain", asking().with("spec.literalSubject", "CN=app,DC=example,DC=com"));
    attempts.put("number", asking().with("spec.subject.serialNumber", "1"));
    attempts.put("other-dns", asking().with("spec.dnsNames", List.of(mine, "www.example.com")));
    attempts.put("wildcard", asking().with("spec.dnsNames", List.of(mine, "*.svc")));
    attempts.put("deeper", asking().with("spec.dnsNames", List.of("a." + mine)));
    attempts.put("address", asking().with("spec.ipAddresses", List.of("192.0.2.1")));
    attempts.put(
        "client",
        clientCert("x").with("spec.commonName", "app").with("spec.rootCARef", of("shared")));
    attempts.forEach((name, attempt) -> attempt.with("metadata.name", name));

    // when
    applyAs(attempts.values().toArray(Manifest[]::new)).orThrow();
    applyAs(asking().with("spec.commonName", "app")).orThrow();

    // then only listed names are signed
    own.readyServer("web");
    for (String name : attempts.keySet()) {
      eventually(
          () -> {
            LeafCert<?> leaf = name.equals("client") ? own.client(name) : own.server(name);
            assertThat(leaf.getStatus()).as(name).isNotNull();
            assertThat(condition(leaf.getStatus().conditions(), "Stalled"))
                .as(name)
                .hasValueSatisfying(
                    stalled -> {
                      assertThat(stalled.reason()).isEqualTo("PolicyViolation");
                      assertThat(stalled.message()).contains("the policy of its CA does not allow");
                    });
          });
      assertThat(own.find(Secret.class, name)).as(name).isEmpty();
    }
    assertThat(as("describe", "servercert", "wildcard").orThrow())
        .contains("PolicyViolation", "does not allow the DNS name '*.svc'");
  }

  private Manifest asking() {
    return serverCert("web")
        .with("spec.rootCARef", of("shared"))
        .with("spec.dnsNames", List.of("web." + own.namespace() + ".svc"));
  }

  @Test
  void shouldNotBeGivenTheSuccessorOfACAWhoseCertificateItKnows() {
    // given a publicly known certificate in a trust store of the tenant
    platform.apply(
        rootCA("closed").with("spec.rotation.overlap", "1s"),
        serverCert("web").with("spec.rootCARef.name", "closed"));
    String known = certificate(platform.readyRootCA("closed"), 1);
    own.apply(rootCA("mine").with("spec.additionalTrust", List.of(Map.of("pem", known))));
    own.readyRootCA("mine");
    Manifest trusting = serverCert("web").with("spec.rootCARef.name", "mine");
    applyAs(trusting).orThrow();
    own.readyServer("web");
    assertThat(text(own.secret("web"), "ca.crt")).contains(known);

    // when it labels the Secret that holds it as a copy of that CA's bundle
    applyAs(trusting.with("spec.trustedCARefs", List.of(Map.of("name", "mine"), of("closed"))))
        .orThrow();
    eventually(
        () ->
            assertThat(condition(own.server("web").getStatus().conditions(), "RenewalBlocked"))
                .hasValueSatisfying(b -> assertThat(b.reason()).isEqualTo("CANotAvailable")));
    platform.kubectl("annotate", "rootca/closed", "mtls-operator.dev/rotate=now").orThrow();

    // then the CA does not wait for it, and it learns nothing about the rotation
    eventually(
        () ->
            assertThat(platform.secret("closed-ca-2").getMetadata().getAnnotations())
                .containsKey("mtls-operator.dev/signing-since"));
    String successor = certificate(platform.rootCA("closed"), 2);
    assertThat(text(platform.secret("web"), "ca.crt")).contains(successor);
    assertThat(text(own.secret("web"), "ca.crt")).contains(known).doesNotContain(successor);
    assertThat(own.secret("web").getMetadata().getAnnotations())
        .doesNotContainKey("mtls-operator.dev/admitted-by");
  }

  private static String certificate(RootCA ca, int generation) {
    return ca.getStatus().generations().stream()
        .filter(g -> g.generation() == generation)
        .findFirst()
        .orElseThrow()
        .certificate();
  }

  @Test
  void shouldNotHoldUpARotationByPuttingBackWhatItHeld() {
    // given
    platform.apply(
        rootCA("shared")
            .with("spec.rotation.overlap", "1s")
            .with("spec.allowedNamespaces.from", "All")
            .with("spec.policy.dnsNames", List.of("*.example.org")));
    platform.readyRootCA("shared");
    applyAs(serverCert("web").with("spec.rootCARef", of("shared"))).orThrow();
    own.readyServer("web");
    Secret before = own.secret("web");
    assertThat(before.getMetadata().getAnnotations())
        .containsEntry("mtls-operator.dev/admitted-by", platform.namespace() + "/shared");
    before.getMetadata().setResourceVersion(null);
    before.getMetadata().setManagedFields(null);
    String old = Serialization.asYaml(before);

    // when
    platform.kubectl("annotate", "rootca/shared", "mtls-operator.dev/rotate=now").orThrow();
    eventually(() -> assertThat(platform.caStatus("shared").generations()).hasSize(2));
    String successor = certificate(platform.rootCA("shared"), 2);
    eventually(() -> assertThat(text(own.secret("web"), "ca.crt")).contains(successor));

    // then
    eventually(
        () -> {
          own.applyAs(TENANT, old).orThrow();
          assertThat(platform.secret("shared-ca-2").getMetadata().getAnnotations())
              .containsKey("mtls-operator.dev/signing-since");
        });
  }

  @Test
  void shouldNotLetItselfIn() {
    // given
    platform.apply(rootCA("shared"));
    HasMetadata ca = platform.readyRootCA("shared");

    // when, then
    for (KubectlResult refused :
        List.of(
            as("label", "namespace", own.namespace(), "team=other"),
            applyAs(rootCA("mine")),
            kubectl.run(
                "annotate",
                "rootca/shared",
                "mtls-operator.dev/rotate=1",
                "--as=" + TENANT,
                "-n",
                platform.namespace()),
            kubectl.run("get", "rootca/shared", "--as=" + TENANT, "-n", platform.namespace()))) {
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.stderr()).contains("orbidden");
    }
    applyAs(serverCert("web").with("spec.rootCARef", of("shared"))).orThrow();
    assertThat(
            as(
                    "patch",
                    "servercert/web",
                    "--subresource=status",
                    "--type=merge",
                    "-p",
                    "{\"status\":{\"caGeneration\":7}}")
                .stderr())
        .contains("orbidden");
    assertThat(platform.rootCA("shared").getMetadata().getUid())
        .isEqualTo(ca.getMetadata().getUid());
  }
}
