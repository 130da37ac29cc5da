package dev.mtlsoperator.consumers;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.CaRotation;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A PostgreSQL that takes certificates for passwords, and its own client, with the resources and
 * the settings of {@code docs/peers.md}: while the CA rotates, nobody is refused but who is to be.
 */
@Timeout(300)
final class PostgresIT {
  private static final String SERVER = "postgres";
  private static final String CLIENT = "reporting";
  private static final String USER = "app.orders.reader";

  /** Longer than it takes to reload, and a client to connect on a busy machine. */
  private static final Duration OVERLAP = Duration.ofSeconds(8);

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ENOUGH = 20;

  /** With TLS 1.3, the alert is lost if it is still sending. */
  private static final Pattern REFUSED =
      Pattern.compile(
          "alert (certificate revoked|unknown ca)|closed the connection|reset by peer|Broken pipe");

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();
  private final Consumer psql = Consumer.require("psql", "apt-get install postgresql-client");

  @TempDir private Path folder;

  @Test
  void shouldTakeCertificatesForPasswords() throws Exception {
    // given
    Page page = Page.read(Path.of("docs/peers.md")).sections().get("PostgreSQL");
    String settings = page.blocks("text").get(0);
    Scene scene = Scene.begin("postgres");
    issue(scene, page);
    try (MountedSecrets files = new MountedSecrets(cluster, scene.namespace(), folder);
        Postgres server =
            Postgres.start(
                Files.createDirectory(folder.resolve("server")),
                part(settings, "postgresql.conf") + "ssl_crl_file = '/tls/ca.crl'\n",
                part(settings, "pg_hba.conf"),
                files.now(SERVER),
                "CREATE ROLE \"%s\" LOGIN\nCREATE ROLE other LOGIN\nCREATE DATABASE shop\n"
                    .formatted(USER));
        Handshakes requests = new Handshakes()) {
      files.tell(SERVER, () -> server.take(files.now(SERVER)));
      String line = part(settings, "a client").strip();
      Database database = new Database(server.port(), line, files);

      // then
      assertThat(database.ask(CLIENT)).isEqualTo(USER + "\n");
      assertThat(database.askWithout()).contains("connection requires a valid client certificate");
      // with TLS 1.3, the alert is lost if it is still sending
      eventually(() -> assertThat(database.ask("stranger")).contains("alert unknown ca"));
      assertThat(database.as("other", CLIENT))
          .contains("certificate authentication failed for user \"other\"");

      // when
      revoke(scene, "lost");
      eventually(
          PATIENCE, () -> assertThat(database.ask("lost")).contains("alert certificate revoked"));
      requests.keep(
          "lost",
          pair -> {
            pair.is("PostgreSQL", "the revoked one");
            String answer = database.askTrusting(CLIENT, "lost");
            if (!REFUSED.matcher(answer).find()) {
              throw new IOException(answer);
            }
            // the machine is busier
            Thread.sleep(300);
          });
      requests.keep(
          "psql",
          pair -> {
            pair.is("PostgreSQL", "psql");
            String answer = database.ask(CLIENT);
            if (!answer.equals(USER + "\n")) {
              throw new IOException(answer);
            }
            // the machine is busier
            Thread.sleep(300);
          });
      CaRotation.complete(scene, "postgres-ca", CLIENT, PATIENCE);
      int before = requests.made().get("psql");
      eventually(
          PATIENCE, () -> assertThat(requests.made().get("psql")).isGreaterThan(before + ENOUGH));

      // then
      System.out.println("PostgreSQL, rotated: " + requests.made());
      assertThat(requests.failures()).isEmpty();
      files.check();
      ConformanceRow.of("Gateways", "PostgreSQL with `cert` ([peers](peers.md#postgresql))")
          .says(
              "revocation, rotation of the CA",
              "none, of another CA, of another user, revoked",
              "0")
          .measured(requests.made().get("psql"), requests.made().get("lost"))
          .with(Postgres.version())
          .require();
    }
  }

  private static void revoke(Scene scene, String client) {
    patch(scene, "clientcert/" + client, "{\"spec\":{\"revoked\":{\"reason\":\"KeyCompromise\"}}}");
  }

  private void issue(Scene scene, Page page) throws IOException {
    Path resources = folder.resolve("resources.yaml");
    Files.writeString(resources, page.blocks("yaml").get(0));
    scene.kubectl("apply", "-f", resources.toString()).orThrow();
    scene.apply(
        rootCA("other"),
        clientCert("stranger")
            .with("spec.rootCARef.name", "other")
            .with("spec.commonName", USER)
            .with("spec.trustedCARefs", List.of(Map.of("name", "postgres-ca"))),
        clientCert("lost")
            .with("spec.rootCARef.name", "postgres-ca")
            .with("spec.commonName", USER));
    // what the page leaves to others
    patch(
        scene,
        "rootca/postgres-ca",
        "{\"spec\":{\"revocation\":{},\"rotation\":{\"overlap\":\"%ds\",\"reissue\":\"Immediately\"}}}"
            .formatted(OVERLAP.toSeconds()));
    patch(scene, "servercert/postgres", "{\"spec\":{\"revocations\":true}}");
    scene.readyServer(SERVER);
    List.of(CLIENT, "stranger", "lost").forEach(scene::readyClient);
    eventually(() -> assertThat(scene.secret(SERVER).getData()).containsKey("ca.crl"));
  }

  private static void patch(Scene scene, String what, String patch) {
    scene.kubectl("patch", what, "--type=merge", "-p", patch).orThrow();
  }

  /** What stands below a comment with that name. */
  private static String part(String settings, String name) {
    Matcher part =
        Pattern.compile("(?m)^# " + Pattern.quote(name) + "\n((?:[^#].*\n?)+)").matcher(settings);
    assertThat(part.find()).as(name).isTrue();
    return part.group(1);
  }

  /** The database as the page's line calls it. */
  private final class Database {
    private final int port;
    private final String line;
    private final MountedSecrets files;

    Database(int port, String line, MountedSecrets files) {
      this.port = port;
      this.line = line;
      this.files = files;
    }

    String ask(String client) {
      return as(USER, client);
    }

    /** With the CAs of another client: those of one that is revoked are not kept up. */
    String askTrusting(String other, String client) {
      return run(
          line.replace("sslrootcert=/tls/", "sslrootcert=" + files.now(other) + "/"), client);
    }

    String askWithout() {
      return run(line.replaceAll(" ssl(cert|key)=\\S+", ""), CLIENT);
    }

    String as(String user, String client) {
      return run(line.replace("user=" + USER, "user=" + user), client);
    }

    private String run(String command, String client) {
      String connection =
          command
              .replaceFirst("^psql '(.*)'$", "$1")
              .replace("/tls/", files.now(client) + "/")
              .concat(" hostaddr=127.0.0.1 port=" + port);
      return psql.run(
              folder,
              Map.of("HOME", folder.toString()),
              connection,
              "--no-psqlrc",
              "-tAc",
              "SELECT current_user")
          .output();
    }
  }
}
