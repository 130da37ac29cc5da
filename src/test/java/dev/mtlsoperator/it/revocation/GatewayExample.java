package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.ConformanceRow;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.GatewayClient;
import dev.mtlsoperator.consumers.MtlsGateway;
import dev.mtlsoperator.consumers.Upstream;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.CaRotation;
import dev.mtlsoperator.harness.Crowd;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import dev.mtlsoperator.harness.TlsPeer;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An example for a gateway: runs the commands of its page, and asks the gateway what its clients,
 * and those who are none, would ask.
 */
final class GatewayExample {
  static final String HOST = "partners.example.org";
  static final String SERVER = "partners-gateway";

  /** What stands in each example without which there are no CRLs. */
  private static final String REVOCATION =
      "  revocation:\n    validity: 30d\n|        revocations: \\S+\n";

  /** Longer than a gateway takes to reload. */
  private static final Duration OVERLAP = Duration.ofSeconds(6);

  private static final Duration LATE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration SETTLED = Duration.ofSeconds(1);
  private static final int MANY = 100;

  private final Consumer curl = Consumer.require("curl", "apt-get install curl");
  private final String name;
  private final Cell version;
  private final Path example;
  private final Map<String, Page> guide;
  private final EmbeddedCluster cluster;
  private final Scene scene;
  private final Path folder;

  /** Java sends no certificate where the gateway names other CAs. */
  private static final String REFUSED =
      "(?is).*(certificate.required|unknown.ca|reset|broken pipe).*";

  private record Pems(String chain, String key) {}

  /** What a person or the operator does. */
  @FunctionalInterface
  interface Rotation {
    void run() throws Exception;
  }

  /**
   * How a gateway refuses, as curl tells it.
   *
   * @param revokedToJava a regular expression, for a client that may still be sending
   */
  record Refusals(
      String none, String foreign, String expired, String revoked, String revokedToJava) {
    /** By TLS alerts. */
    static Refusals alerts() {
      return new Refusals(
          "certificate required",
          "unknown ca",
          "certificate expired",
          "certificate revoked",
          GatewayClient.REFUSED);
    }
  }

  /**
   * Reads it.
   *
   * @param name of the gateway, in words
   * @param folder to run its commands in
   */
  GatewayExample(
      String name, Cell version, String example, EmbeddedCluster cluster, Scene scene, Path folder)
      throws IOException {
    this.name = name;
    this.version = version;
    this.example = Path.of("examples", "gateways", example);
    this.guide = Page.read(this.example.resolve("README.md")).sections();
    this.cluster = cluster;
    this.scene = scene;
    this.folder = folder;
  }

  /** Its folder. */
  String path() {
    return example.toString();
  }

  String read(String file) throws IOException {
    return Files.readString(example.resolve(file));
  }

  /** Its certificates as they were before anybody thought of revocation. */
  String certificatesWithoutRevocation() throws IOException {
    return read("certificates.yaml").replaceAll(REVOCATION, "");
  }

  void apply() throws IOException, InterruptedException {
    run(0, guide.get("Apply"));
  }

  /** Asks, revokes, renews and rotates, as its page says; everybody else goes on meanwhile. */
  void tryOut(MtlsGateway gateway, Upstream upstream, Refusals refusals) throws Exception {
    askAround(gateway, upstream, refusals);
    goOnMeanwhile(
        gateway,
        "joan",
        "revoked",
        ConformanceRow.of("Gateways", "[" + name + "](../" + example + "/README.md)")
            .says(
                "revocation, renewal of its certificate, rotation of the CA",
                "none, of another CA, expired, revoked",
                "0"),
        (john, requests) -> {
          revoke(gateway, requests, refusals);
          renew(john, gateway);
          rotate(john, gateway);
        });
  }

  /** What happens to a gateway under load. */
  @FunctionalInterface
  private interface Work {
    void happen(TlsPeer john, Handshakes requests) throws Exception;
  }

  /**
   * Lets John, and another client that reads its Secret late, ask until all is over.
   *
   * @param refused who is kept out meanwhile
   * @param row without what is measured
   */
  private void goOnMeanwhile(
      MtlsGateway gateway, String other, String refused, ConformanceRow row, Work work)
      throws Exception {
    issueClient(other);
    TlsPeer john = TlsPeer.java("john", Duration.ZERO);
    TlsPeer late = TlsPeer.java(other, LATE);
    try (Handshakes requests = new Handshakes();
        Crowd crowd = new Crowd(cluster, scene.namespace(), List.of(john, late))) {
      keep(requests, gateway, john);
      keep(requests, gateway, late);
      awaitMore(requests);
      work.happen(john, requests);
      awaitMore(requests);
      crowd.check();
      System.out.println(row.name() + ", renewed and rotated: " + requests.made());
      assertThat(requests.failures()).isEmpty();
      assertThat(requests.made().values()).allSatisfy(n -> assertThat(n).isGreaterThan(MANY));
      row.measured(
              requests.made().get(john.host()) + requests.made().get(late.host()),
              requests.made().get(refused))
          .with(version)
          .require();
    }
  }

  /** The page tells people how they are refused, and by which release. */
  private void requireOnPage(Refusals refusals) throws IOException {
    assertThat(guide.get("Try it").text())
        .contains(
            Stream.of(refusals.none(), refusals.foreign(), refusals.expired(), refusals.revoked())
                .map(text -> "`" + text + "`")
                .toList());
    String release = version.text().replaceFirst("^(\\d+\\.\\d+).*", "$1");
    assertThat(read("README.md")).contains(name + " " + release);
  }

  private void issueClient(String client) {
    scene.apply(clientCert(client).with("spec.rootCARef.name", "partners"));
    scene.readyClient(client);
  }

  private void askAround(MtlsGateway gateway, Upstream upstream, Refusals refusals)
      throws IOException, InterruptedException {
    requireOnPage(refusals);
    tryItOut(gateway);
    assertThat(upstream.clients())
        .map(client -> client.replaceFirst("Hash=[0-9a-f]{64};", ""))
        .map(client -> client.replaceAll("Subject=|\"|/", ""))
        .containsExactlyInAnyOrder("CN=jane", "CN=john");
    refuseOthers(gateway, refusals);
    assertThat(upstream.clients()).hasSize(2);
  }

  /** As the page says. */
  void tryItOut(MtlsGateway gateway) throws IOException, InterruptedException {
    assertThat(run(gateway.port(), guide.get("Try it")))
        .contains(Upstream.ANSWER + Upstream.ANSWER);
  }

  private void refuseOthers(MtlsGateway gateway, Refusals refusals) throws IOException {
    // a rotation may have been since it was fetched
    Files.writeString(folder.resolve("ca.crt"), Scene.text(scene.secret("john"), "ca.crt"));
    write("stranger", stranger());
    write("late", expired());
    assertRefused(gateway, refusals.none());
    assertRefused(gateway, refusals.foreign(), "--cert", "stranger.crt", "--key", "stranger.key");
    assertRefused(gateway, refusals.expired(), "--cert", "late.crt", "--key", "late.key");
  }

  /**
   * Asks, renews and rotates where there are no CRLs; clients go on meanwhile, and a stranger stays
   * out.
   *
   * @param row of what, in the table of gateways
   * @param rotation returns when it has ended
   */
  void tryOutWithoutRevocation(
      MtlsGateway gateway, Refusals refusals, String row, Rotation rotation) throws Exception {
    refuseOthers(gateway, refusals);
    goOnMeanwhile(
        gateway,
        "jill",
        "stranger",
        ConformanceRow.of("Gateways", row)
            .says(
                "renewal of its certificate, rotation of the CA",
                "none, of another CA, expired",
                "0"),
        (john, requests) -> {
          keepOut(requests, "stranger", gateway, TlsFiles.of(scene.secret("stranger")), REFUSED);
          renew(john, gateway);
          patchOverlap();
          rotation.run();
          awaitServed(john, gateway);
        });
  }

  /** As the page says, which has a rotation wait for people. */
  void rotateByHand() throws IOException, InterruptedException {
    run(0, guide.get("Rotate"));
  }

  void rotate() {
    CaRotation.complete(scene, "partners", SERVER, PATIENCE);
  }

  private void revoke(MtlsGateway gateway, Handshakes requests, Refusals refusals)
      throws IOException, InterruptedException {
    TlsFiles jane = TlsFiles.of(scene.secret("jane"));
    String seconds = name + ", revoked: ";
    long begun = System.nanoTime();
    List<String> commands = guide.get("Revoke").blocks("sh");
    run(gateway.port(), commands.get(0));
    seconds += since(begun, "kubectl ends");
    eventually(() -> assertThat(refusal(gateway, jane)).isPresent());
    seconds += since(begun, "refused");
    System.out.println(seconds + requests.made());
    // one that reloads serves with workers of before for another moment
    eventually(() -> always(SETTLED, () -> assertThat(refusal(gateway, jane)).isPresent()));
    assertRefused(gateway, refusals.revoked(), "--cert", "jane.crt", "--key", "jane.key");
    keepOut(requests, "revoked", gateway, jane, refusals.revokedToJava());
    run(gateway.port(), commands.get(1));
  }

  private void renew(TlsPeer client, MtlsGateway gateway) {
    String before = Scene.serial(scene.secret(SERVER));
    long begun = System.nanoTime();
    // a value that it has not seen
    scene
        .kubectl("annotate", "--overwrite", "scert/" + SERVER, "mtls-operator.dev/renew=" + before)
        .orThrow();
    eventually(
        () ->
            assertThat(SerialNumber.text(served(client, gateway).getSerialNumber()))
                .isNotEqualTo(before));
    System.out.println("renewed: " + since(begun, "served"));
    awaitServed(client, gateway);
  }

  private void rotate(TlsPeer client, MtlsGateway gateway) {
    patchOverlap();
    long begun = System.nanoTime();
    rotate();
    System.out.println("rotated: " + since(begun, "stable"));
    awaitServed(client, gateway);
  }

  private void patchOverlap() {
    scene
        .kubectl(
            "patch",
            "rca/partners",
            "--type=merge",
            "-p",
            "{\"spec\":{\"rotation\":{\"overlap\":\"%ds\"}}}".formatted(OVERLAP.toSeconds()))
        .orThrow();
  }

  /** Not by workers of before either. */
  private void awaitServed(TlsPeer client, MtlsGateway gateway) {
    X509Certificate own = Scene.certificate(scene.secret(SERVER));
    eventually(() -> always(SETTLED, () -> assertThat(served(client, gateway)).isEqualTo(own)));
  }

  private static X509Certificate served(TlsPeer client, MtlsGateway gateway) {
    try {
      return GatewayClient.request(gateway.port(), client.context(), HOST);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client of another CA. */
  private Pems stranger() {
    scene.readyClient("stranger");
    Secret secret = scene.secret("stranger");
    return new Pems(Scene.text(secret, "tls.crt"), Scene.text(secret, "tls.key"));
  }

  /** A client of the CA whose certificate ended a minute ago. */
  private Pems expired() {
    Secret ca = scene.secret("partners-ca-" + scene.server(SERVER).getStatus().caGeneration());
    X509Certificate issuer = Scene.certificate(ca);
    KeyMaterial key = TestKeys.fresh();
    X509Certificate certificate =
        CertificateAuthority.of(issuer, Scene.key(ca))
            .issue(
                PlainCertificates.request(
                    Profile.CLIENT,
                    DistinguishedName.parse("CN=late"),
                    SubjectAltNames.none(),
                    new Validity(
                        issuer.getNotBefore().toInstant(), Instant.now().minusSeconds(60))),
                key.publicKey());
    return new Pems(Pem.write(certificate), key.revealPem(PrivateKeyFormat.PKCS8));
  }

  private void write(String name, Pems pems) throws IOException {
    Files.writeString(folder.resolve(name + ".crt"), pems.chain());
    Files.writeString(folder.resolve(name + ".key"), pems.key());
  }

  /**
   * By curl, which sends its certificate though the gateway names other CAs; Java would send none.
   */
  private void assertRefused(MtlsGateway gateway, String alert, String... identity) {
    String[] common = {
      "-sS",
      "--fail-with-body",
      "--cacert",
      "ca.crt",
      "--connect-to",
      "::127.0.0.1:" + gateway.port(),
      "https://" + HOST + "/"
    };
    String[] arguments = Stream.of(identity, common).flatMap(Stream::of).toArray(String[]::new);
    eventually(
        () -> {
          Consumer.Run run = curl.run(folder, arguments);
          if (run.exitCode() == 0) {
            throw new IllegalStateException("it came in instead of: " + alert);
          }
          // with TLS 1.3, it is lost if curl is still sending
          assertThat(run.output()).contains(alert);
        });
  }

  static Optional<String> refusal(MtlsGateway gateway, TlsFiles client) {
    return GatewayClient.refusal(gateway.port(), client, HOST);
  }

  private void keep(Handshakes requests, MtlsGateway gateway, TlsPeer client) {
    requests.keep(
        client.host(),
        pair -> {
          pair.is(name, client);
          GatewayClient.request(gateway.port(), client.context(), HOST);
          // the machine is busier
          Thread.sleep(50);
        });
  }

  /** It knows the CA of the gateway, whatever becomes of its own. */
  private void keepOut(
      Handshakes requests, String who, MtlsGateway gateway, TlsFiles client, String refused) {
    requests.keep(
        who,
        pair -> {
          pair.is(name, who);
          TlsFiles files = new TlsFiles(client.own(), TlsFiles.of(scene.secret("john")).trust());
          GatewayClient.requireRefused(gateway.port(), files, HOST, refused);
          Thread.sleep(100);
        });
  }

  private static void awaitMore(Handshakes requests) {
    int before = requests.total();
    eventually(() -> assertThat(requests.total()).isGreaterThan(before + MANY));
  }

  private static String since(long begun, String what) {
    return String.format(Locale.ROOT, "%s after %.2f s, ", what, (System.nanoTime() - begun) / 1e9);
  }

  private String run(int port, Page section) throws IOException, InterruptedException {
    return run(port, String.join("\n", section.blocks("sh")));
  }

  /** Runs commands of the guide in the scene's namespace; returns what they print. */
  private String run(int port, String commands) throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "run", ".log");
    String script =
        Page.in(scene.namespace(), "GATEWAY=127.0.0.1:%d\n%s".formatted(port, commands));
    int exitCode = Page.run(script, cluster, folder, List.of(), log);
    assertThat(exitCode).as("%s%n%s", script, Files.readString(log)).isZero();
    return Files.readString(log);
  }
}
