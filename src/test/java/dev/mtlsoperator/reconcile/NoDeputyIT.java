package dev.mtlsoperator.reconcile;

import static dev.mtlsoperator.reconcile.Eventually.eventually;
import static dev.mtlsoperator.reconcile.Manifest.clientCert;
import static dev.mtlsoperator.reconcile.Manifest.rootCA;
import static dev.mtlsoperator.reconcile.Manifest.serverCert;
import static dev.mtlsoperator.reconcile.Scene.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.cluster.Kubectl;
import dev.mtlsoperator.cluster.KubectlResult;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A tenant who holds the chart's edit role in one namespace gets through the operator nothing that
 * it could not have without.
 */
@Timeout(120)
final class NoDeputyIT {
  private static final String TENANT = "mallory";

  private final Scene platform = Scene.begin("platform");
  private final Scene own = Scene.begin("mallory");
  private final Kubectl kubectl = RunningOperator.shared().cluster().kubectl();

  /** The roles that the chart aggregates to view, edit and admin, and nothing else of it. */
  @BeforeAll
  static void installRoles() throws IOException {
    KubernetesClient client = RunningOperator.shared().cluster().client();
    for (String document :
        Files.readString(Path.of("examples/deploy/operator.yaml")).split("\n---\n", -1)) {
      if (document.contains("aggregate-to-edit")) {
        client
            .resource(Serialization.unmarshal(document, ClusterRole.class))
            .createOr(r -> r.update());
      }
    }
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

  /** All that is said of a leaf, without its name, that of the CA, and times. */
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN of others          | commonName     | admin.platform",
        "CN in any case        | commonName     | APP",
        "second CN             | literalSubject | CN=app,CN=admin",
        "second CN before      | literalSubject | CN=admin,CN=app",
        "e-mail in the subject | literalSubject | emailAddress=root@example.com,CN=app",
        "UID                   | literalSubject | UID=0,CN=app",
        "group                 | literalSubject | CN=app,O=system:masters",
        "domain components     | literalSubject | CN=app,DC=example,DC=com",
        "serial number         | literalSubject | serialNumber=1,CN=app",
        "other DNS name        | dnsNames       | www.example.com",
        "wider wildcard        | dnsNames       | *.svc",
        "deeper name           | dnsNames       | a.b.svc",
        "address               | ipAddresses    | 192.0.2.1",
      })
  void shouldHaveNothingSignedThatThePolicyDoesNotList(String what, String field, String value) {
    // given
    platform.apply(
        rootCA("shared")
            .with("spec.allowedNamespaces.from", "All")
            .with("spec.policy.kinds", List.of("ServerCert"))
            .with("spec.policy.commonNames", List.of("app"))
            .with("spec.policy.dnsNames", List.of("*.{namespace}.svc")));
    Manifest web =
        serverCert("web")
            .with("spec.rootCARef", of("shared"))
            .with("spec.dnsNames", List.of("web." + own.namespace() + ".svc"));
    List<String> names =
        field.equals("dnsNames")
            ? List.of("web." + own.namespace() + ".svc", value)
            : List.of(value);

    // when
    applyAs(web.with("spec." + field, field.endsWith("s") ? names : value)).orThrow();

    // then
    eventually(
        () -> {
          LeafCert<?> leaf = own.server("web");
          assertThat(leaf.getStatus()).as(what).isNotNull();
          assertThat(condition(leaf.getStatus().conditions(), "Stalled"))
              .as(what)
              .hasValueSatisfying(
                  stalled -> {
                    assertThat(stalled.reason()).isEqualTo("PolicyViolation");
                    assertThat(stalled.message()).contains("the policy of its CA does not allow");
                  });
        });
    assertThat(own.find(Secret.class, "web")).isEmpty();
    assertThat(as("describe", "servercert", "web").orThrow())
        .contains("PolicyViolation", "does not allow");
  }

  @Test
  void shouldHaveNoOtherKindSigned() {
    // given
    platform.apply(
        rootCA("shared")
            .with("spec.allowedNamespaces.from", "All")
            .with("spec.policy.kinds", List.of("ServerCert"))
            .with("spec.policy.commonNames", List.of("*")));

    // when
    applyAs(clientCert("jane").with("spec.rootCARef", of("shared"))).orThrow();

    // then
    eventually(
        () -> {
          LeafCert<?> leaf = own.client("jane");
          assertThat(leaf.getStatus()).isNotNull();
          assertThat(condition(leaf.getStatus().conditions(), "Stalled"))
              .hasValueSatisfying(
                  stalled -> assertThat(stalled.message()).contains("certificates of clients"));
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
