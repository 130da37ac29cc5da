package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.docs.GatewayLayout.Content;
import dev.mtlsoperator.docs.GatewayLayout.Link;
import dev.mtlsoperator.docs.GatewayLayout.Others;
import dev.mtlsoperator.docs.GatewayLayout.Read;
import dev.mtlsoperator.docs.GatewayLayout.Setting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The examples for gateways that cannot be run here: what each manifest names is an object that the
 * operator writes, with the keys, the type and the content that the gateway documents.
 */
@Tag("once")
final class GatewayLayoutsTest {
  private static final Path EXAMPLES = Path.of("examples", "gateways");
  private static final String CERTIFICATES = "certificates.yaml";
  private static final String NOT_RUN = "**Layout checked, not run.** ";
  static final String HOST = "partners.example.org";

  /** Their examples have tests of their own. */
  private static final Set<String> ELSEWHERE = Set.of("kong", "alibaba-api-gateway");

  private static final String TLS = "kubernetes.io/tls";
  private static final String OPAQUE = "Opaque";

  @TempDir private Path folder;

  static List<GatewayLayout> layouts() {
    return List.of(
        ingressNginx(),
        gatewayApi(),
        traefik(),
        istio(),
        apisix(),
        emissary(),
        nginxIngressController());
  }

  // docs/user-guide/nginx-configuration/annotations.md and
  // internal/ingress/controller/store/backend_ssl.go of kubernetes/ingress-nginx: a pair or
  // "ca.crt", and "ca.crl" only beside it. Depth 1 is the default, and enough for a root
  private static GatewayLayout ingressNginx() {
    String annotations = "/metadata/annotations/nginx.ingress.kubernetes.io~1auth-tls-";
    return new GatewayLayout(
        "ingress-nginx",
        "ingress.yaml",
        "default",
        List.of(
            server("Ingress", own("default", "/spec/tls/0/secretName")),
            clients(
                "Ingress",
                it -> text(it, annotations + "secret"),
                OPAQUE,
                Map.of(List.of("ca.crt"), Content.CAS, List.of("ca.crl"), Content.CRLS))),
        List.of(
            new Setting("Ingress", "/apiVersion", "networking.k8s.io/v1"),
            new Setting("Ingress", "/spec/ingressClassName", "nginx"),
            new Setting("Ingress", annotations + "verify-client", "on"),
            new Setting("Ingress", annotations + "verify-depth", "1"),
            new Setting("Ingress", "/spec/tls/0/hosts/0", HOST),
            new Setting("Ingress", "/spec/rules/0/host", HOST)),
        List.of());
  }

  // FrontendTLSValidation in apis/v1/gateway_types.go of kubernetes-sigs/gateway-api, GEP-91: Core
  // is one ConfigMap with "ca.crt". There is no field for CRLs
  private static GatewayLayout gatewayApi() {
    String reference = "/spec/tls/frontend/default/validation/caCertificateRefs/0/";
    return new GatewayLayout(
        "ingress-nginx",
        "gateway.yaml",
        "default",
        List.of(
            server("Gateway", own("default", "/spec/listeners/0/tls/certificateRefs/0/name")),
            new Read(
                "Gateway",
                own("default", reference + "name"),
                Optional.empty(),
                Map.of(List.of("ca.crt"), Content.CAS),
                Others.TOLERATED)),
        List.of(
            new Setting("Gateway", "/apiVersion", "gateway.networking.k8s.io/v1"),
            new Setting("Gateway", reference + "kind", "ConfigMap"),
            new Setting("Gateway", reference + "group", ""),
            new Setting("Gateway", "/spec/listeners/0/protocol", "HTTPS"),
            new Setting("Gateway", "/spec/listeners/0/hostname", HOST),
            new Setting("HTTPRoute", "/spec/hostnames/0", HOST)),
        List.of(new Link("HTTPRoute", "/spec/parentRefs/0/name", "Gateway")));
  }

  // getCABlocks and getCertificateBlocks in pkg/provider/kubernetes/crd/kubernetes.go of
  // traefik/traefik, in the namespace of the TLSOption. Traefik reads no CRL (traefik#3433)
  private static GatewayLayout traefik() {
    return new GatewayLayout(
        "traefik",
        "ingressroute.yaml",
        "default",
        List.of(
            server("IngressRoute", own("default", "/spec/tls/secretName")),
            clients(
                "TLSOption",
                own("default", "/spec/clientAuth/secretNames/0"),
                OPAQUE,
                Map.of(List.of("tls.ca", "ca.crt"), Content.CAS))),
        List.of(
            new Setting("TLSOption", "/apiVersion", "traefik.io/v1alpha1"),
            new Setting(
                "TLSOption", "/spec/clientAuth/clientAuthType", "RequireAndVerifyClientCert"),
            new Setting("IngressRoute", "/apiVersion", "traefik.io/v1alpha1"),
            new Setting("IngressRoute", "/spec/routes/0/match", "Host(`" + HOST + "`)")),
        List.of(new Link("IngressRoute", "/spec/tls/options/name", "TLSOption")));
  }

  // pilot/pkg/credentials/kube/secrets.go of istio/istio: "<credentialName>-cacert", else the
  // Secret itself. "ca.crl" belongs to "ca.crt" as "crl" does to "cacert", which goes first
  private static GatewayLayout istio() {
    String credential = "/spec/servers/0/tls/credentialName";
    Map<List<String>, Content> clients =
        Map.of(List.of("ca.crt"), Content.CAS, List.of("ca.crl"), Content.CRLS);
    return new GatewayLayout(
        "istio",
        "gateway.yaml",
        "istio-system",
        List.of(
            server("Gateway", own("istio-system", credential)),
            clients(
                "Gateway",
                it -> own("istio-system", credential).apply(it) + "-cacert",
                OPAQUE,
                clients),
            new Read(
                "Gateway",
                own("istio-system", credential),
                Optional.of(TLS),
                clients,
                Others.TOLERATED)),
        List.of(
            new Setting("Gateway", "/apiVersion", "networking.istio.io/v1"),
            new Setting("Gateway", "/spec/servers/0/tls/mode", "MUTUAL"),
            new Setting("Gateway", "/spec/servers/0/port/protocol", "HTTPS"),
            new Setting("Gateway", "/spec/servers/0/hosts/0", HOST),
            new Setting("VirtualService", "/apiVersion", "networking.istio.io/v1"),
            new Setting("VirtualService", "/spec/hosts/0", HOST)),
        List.of(new Link("VirtualService", "/spec/gateways/0", "Gateway")));
  }

  // ExtractKeyPair in internal/ssl/util.go and api/v2/apisixtls_types.go of
  // apache/apisix-ingress-controller: where a Secret has "tls.crt" and no "cert", that is the CA
  private static GatewayLayout apisix() {
    return new GatewayLayout(
        "apisix",
        "apisixtls.yaml",
        "default",
        List.of(
            server("ApisixTls", namespaced("/spec/secret")),
            clients(
                "ApisixTls",
                namespaced("/spec/client/caSecret"),
                OPAQUE,
                Map.of(List.of("cert", "tls.crt", "ca.crt"), Content.CAS))),
        List.of(
            new Setting("ApisixTls", "/apiVersion", "apisix.apache.org/v2"),
            new Setting("ApisixTls", "/spec/hosts/0", HOST),
            new Setting("ApisixTls", "/spec/client/depth", "1"),
            new Setting("ApisixRoute", "/apiVersion", "apisix.apache.org/v2"),
            new Setting("ApisixRoute", "/spec/http/0/match/hosts/0", HOST)),
        List.of());
  }

  // python/ambassador/ir/irtlscontext.py, utils.py (from_aconf_secret) and fetch/secret.py, which
  // knows the type Opaque, of emissary-ingress/emissary: the CA is in "tls.crt", CRLs in "crl.pem".
  // Host and TLSContext have to name the same Secret
  private static GatewayLayout emissary() {
    return new GatewayLayout(
        "emissary",
        "host.yaml",
        "default",
        List.of(
            server("TLSContext", own("default", "/spec/secret")),
            server("Host", own("default", "/spec/tlsSecret/name")),
            clients(
                "TLSContext",
                own("default", "/spec/ca_secret"),
                OPAQUE,
                Map.of(List.of("tls.crt"), Content.CAS, List.of("crl.pem"), Content.CRLS)),
            clients(
                "TLSContext",
                own("default", "/spec/crl_secret"),
                OPAQUE,
                Map.of(List.of("tls.crt"), Content.CAS, List.of("crl.pem"), Content.CRLS))),
        List.of(
            new Setting("TLSContext", "/apiVersion", "getambassador.io/v3alpha1"),
            new Setting("TLSContext", "/spec/cert_required", "true"),
            new Setting("TLSContext", "/spec/hosts/0", HOST),
            new Setting("Host", "/apiVersion", "getambassador.io/v3alpha1"),
            new Setting("Host", "/spec/hostname", HOST),
            new Setting("Mapping", "/spec/hostname", HOST)),
        List.of(new Link("Host", "/spec/tlsContext/name", "TLSContext")));
  }

  // internal/k8s/secrets/validation.go and the Policy's ingressMTLS (nginx/kubernetes-ingress#3632)
  // of nginx/kubernetes-ingress: type nginx.org/ca, in the namespace of the Policy
  private static GatewayLayout nginxIngressController() {
    return new GatewayLayout(
        "nginx-ingress-controller",
        "virtualserver.yaml",
        "default",
        List.of(
            server("VirtualServer", own("default", "/spec/tls/secret")),
            clients(
                "Policy",
                own("default", "/spec/ingressMTLS/clientCertSecret"),
                "nginx.org/ca",
                Map.of(List.of("ca.crt"), Content.CAS, List.of("ca.crl"), Content.CRLS))),
        List.of(
            new Setting("Policy", "/apiVersion", "k8s.nginx.org/v1"),
            new Setting("Policy", "/spec/ingressMTLS/verifyClient", "on"),
            new Setting("Policy", "/spec/ingressMTLS/verifyDepth", "1"),
            new Setting("VirtualServer", "/apiVersion", "k8s.nginx.org/v1"),
            new Setting("VirtualServer", "/spec/host", HOST)),
        List.of(new Link("VirtualServer", "/spec/policies/0/name", "Policy")));
  }

  /** Certificate and key: each of these gateways reads them under the keys of the type. */
  private static Read server(String in, Function<JsonNode, String> place) {
    return new Read(
        in,
        place,
        Optional.of(TLS),
        Map.of(List.of("tls.crt"), Content.CHAIN, List.of("tls.key"), Content.KEY),
        Others.TOLERATED);
  }

  private static Read clients(
      String in, Function<JsonNode, String> place, String type, Map<List<String>, Content> files) {
    return new Read(in, place, Optional.of(type), files, Others.NONE);
  }

  private static Function<JsonNode, String> own(String namespace, String name) {
    return it -> namespace + "/" + text(it, name);
  }

  private static Function<JsonNode, String> namespaced(String reference) {
    return it -> text(it, reference + "/namespace") + "/" + text(it, reference + "/name");
  }

  private static String text(JsonNode object, String pointer) {
    return object.at(pointer).asText();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldWriteWhatTheGatewayReads(GatewayLayout layout) throws Exception {
    layout.check(resources(layout), read(layout, layout.manifest()), HOST);
  }

  @ParameterizedTest
  @CsvSource({
    "ingress-nginx, certificates: ca.crt, certificates: tls.crt",
    "ingress-nginx, revocations: ca.crl, revocations: crl.pem",
    "ingress-nginx, default/partners-clients, edge/partners-clients",
    "ingress-nginx, default/partners-clients, default/partners-gateway",
    "ingress-nginx, 'verify-client: \"on\"', verify-client: optional_no_ca",
    "ingress-nginx, 'verify-depth: \"1\"', 'verify-depth: \"0\"'",
    "traefik, certificates: tls.ca, certificates: cert",
    "traefik, secretNames: [partners-clients], secretNames: [partners-gateway]",
    "traefik, RequireAndVerifyClientCert, RequestClientCert",
    "traefik, name: partners-clients, name: others",
    "istio, name: partners-gateway-cacert, name: partners-clients",
    "istio, revocations: ca.crl, revocations: crl",
    "istio, revocations: true, revocations: false",
    "istio, certificates: ca.crt, certificates: cacert",
    "istio, mode: MUTUAL, mode: SIMPLE",
    "apisix, 'name: partners-clients\n      namespace', 'name: partners-gateway\n      namespace'",
    "apisix, certificates: cert, certificates: cacert",
    "apisix, namespace: default, namespace: edge",
    "emissary, certificates: tls.crt, certificates: ca.crt",
    "emissary, revocations: crl.pem, revocations: ca.crl",
    "emissary, ca_secret: partners-clients, ca_secret: partners-gateway",
    "emissary, cert_required: true, cert_required: false",
    "nginx-ingress-controller, secretType: nginx.org/ca, secretType: Opaque",
    "nginx-ingress-controller, revocations: ca.crl, revocations: crl.pem",
    "nginx-ingress-controller, dnsNames: [partners, dnsNames: [friends",
  })
  void shouldNoticeWhatTheGatewayWouldNotFind(String example, String from, String to)
      throws IOException {
    GatewayLayout layout =
        layouts().stream().filter(it -> it.folder().equals(example)).findFirst().orElseThrow();
    String ours = read(layout, CERTIFICATES);
    String theirs = read(layout, layout.manifest());
    assertThat(ours + theirs).contains(from);

    assertThatThrownBy(
            () ->
                layout.check(
                    Manifests.read(CERTIFICATES, ours.replace(from, to)),
                    theirs.replace(from, to),
                    HOST))
        .isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldIssueWithoutAWarning(GatewayLayout layout) {
    StringWriter err = new StringWriter();

    int exitCode =
        new CommandLine(new IssueCommand())
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true))
            .execute(
                "-f",
                EXAMPLES.resolve(layout.folder()).resolve(CERTIFICATES).toString(),
                "-o",
                folder.resolve("out").toString());

    assertThat(err.toString()).isEmpty();
    assertThat(exitCode).isZero();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldSayInTheReadmeWhatIsWhere(GatewayLayout layout) throws IOException {
    String readme = read(layout, "README.md");

    assertThat(readme.lines().toList().get(2)).startsWith(NOT_RUN);
    assertThat(readme)
        .contains("(" + CERTIFICATES + ")", "(" + layout.manifest() + ")", "rotation");
    assertThat(readme)
        .contains(
            layout.keys(resources(layout), read(layout, layout.manifest())).stream()
                .map(key -> "`" + key + "`")
                .toList());
    for (String page : List.of("trust.md", "revocation.md")) {
      assertThat(Files.readString(Path.of("docs", page)))
          .contains("(../examples/gateways/" + layout.folder() + "/README.md)");
    }
  }

  @Test
  void shouldLetClientsLiveForADayWhereTheyCannotBeRevoked() throws IOException {
    Set<String> revoking =
        layouts().stream()
            .filter(GatewayLayout::readsCrls)
            .map(GatewayLayout::folder)
            .collect(Collectors.toSet());
    List<GatewayLayout> others =
        layouts().stream().filter(layout -> !revoking.contains(layout.folder())).toList();

    assertThat(others).extracting(GatewayLayout::folder).containsExactly("traefik", "apisix");
    for (GatewayLayout layout : others) {
      List<LeafCert<?>> clients =
          resources(layout).leaves().stream().filter(ClientCert.class::isInstance).toList();
      assertThat(clients).isNotEmpty();
      for (LeafCert<?> client : clients) {
        assertThat(Durations.parse(client.getSpec().duration()))
            .isLessThanOrEqualTo(Duration.ofDays(1));
      }
      assertThat(read(layout, "README.md")).contains("**Revoked certificates are let in**");
    }
  }

  @Test
  void shouldCheckEachExampleThatSaysSo() throws IOException {
    Set<String> checked = layouts().stream().map(GatewayLayout::folder).collect(Collectors.toSet());
    checked.addAll(ELSEWHERE);

    try (Stream<Path> folders = Files.list(EXAMPLES)) {
      for (Path example : folders.toList()) {
        String name = example.getFileName().toString();
        assertThat(Files.readString(example.resolve("README.md")).contains("not run.**"))
            .as(name)
            .isEqualTo(checked.contains(name));
      }
    }
  }

  @Test
  void shouldShowInTheReadmeTheGatewayThatIsRun() throws IOException {
    String file = Files.readString(EXAMPLES.resolve("contour").resolve("httpproxy.yaml"));

    assertThat(Page.read(Path.of("README.md")).blocks("yaml"))
        .containsExactly(file.substring(file.indexOf("apiVersion")));
  }

  private static Manifests resources(GatewayLayout layout) throws IOException {
    return Manifests.read(CERTIFICATES, read(layout, CERTIFICATES));
  }

  private static String read(GatewayLayout layout, String file) throws IOException {
    return Files.readString(EXAMPLES.resolve(layout.folder()).resolve(file));
  }
}
