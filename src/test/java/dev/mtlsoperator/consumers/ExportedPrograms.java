package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Servers and clients that have nothing but the files that {@code export} wrote for them, and use
 * them by the lines that it printed. Servers are {@code localhost}.
 */
public final class ExportedPrograms {
  private static final String CLIENT = "clientcert/jane";

  /**
   * How curl ends: no answer, not sent, not received. With TLS 1.3, the alert is lost if it is
   * still sending.
   */
  private static final List<Integer> REFUSED = List.of(52, 55, 56);

  private final Path folder;
  private final Exporter exporter;
  private int made;

  /** What is printed for one consumer of a certificate. */
  @FunctionalInterface
  public interface Exporter {
    /**
     * Exports it.
     *
     * @return the lines to use
     */
    List<String> export(String certificate, String consumer, Path out);
  }

  /**
   * @param folder empty, and below none that others may not enter
   * @param exporter knows the client {@code jane}, who is let in
   */
  public ExportedPrograms(Path folder, Exporter exporter) {
    this.folder = folder;
    this.exporter = exporter;
  }

  /** Builds those that are built. */
  public static void provision() {
    Consumer.require("curl", "apt-get install curl");
    var unused = List.of(Envoy.provision(), SpringBootApp.provision());
  }

  private List<String> export(String certificate, String consumer) {
    return exporter.export(certificate, consumer, fresh(consumer));
  }

  private Path fresh(String name) {
    made++;
    return folder.resolve(name + "-" + made);
  }

  /** The rest of the line that begins with this. */
  private static Optional<String> after(String beginning, List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(beginning))
        .map(line -> line.substring(beginning.length()))
        .findFirst();
  }

  private MtlsGateway start(String server, String consumer)
      throws IOException, InterruptedException {
    List<String> lines = export(server, consumer);
    Path own = Files.createDirectory(fresh("run"));
    return switch (consumer) {
      case "haproxy" -> HaProxy.start(own, lines.get(0));
      case "envoy" ->
          Envoy.start(
              own,
              Files.readString(
                  Path.of(after("# below an entry of filter_chains: ", lines).orElseThrow())));
      case "spring" -> SpringBootApp.start(own, String.join("\n", lines));
      case "java" -> {
        int port = FreePort.next();
        yield GatewayProcess.start(
            own,
            port,
            DefaultTlsProgram.command(lines.get(0), "serve", Integer.toString(port))
                .toArray(String[]::new));
      }
      default -> throw new IllegalArgumentException(consumer);
    };
  }

  /**
   * Runs a server: it lets in its client, but nobody without a certificate.
   *
   * @param refused clients that it does not let in either
   */
  public void serve(String consumer, String server, List<String> refused)
      throws IOException, InterruptedException {
    try (MtlsGateway gateway = start(server, consumer)) {
      String url = "-sS https://localhost:" + gateway.port() + "/";
      String curl = curl(CLIENT, url);
      assertThat(Consumer.sh(folder, curl).orThrow().output()).startsWith("welcome");
      requireRefused(curl.replaceAll(" --(cert|key) \\S+", ""));
      for (String client : refused) {
        requireRefused(curl(client, url));
      }
      assertThat(Consumer.sh(folder, curl).orThrow().output()).startsWith("welcome");
    }
  }

  private void requireRefused(String curl) {
    Consumer.Run run = Consumer.sh(folder, curl);
    assertThat(run.exitCode()).as(curl + " " + run.output()).isIn(REFUSED);
  }

  private String curl(String client, String url) {
    return export(client, "curl").get(0).replace("https://HOST/", url);
  }

  /** Runs clients on the JVM and with a browser's database: a server lets them in. */
  public void dial(String server) throws IOException, InterruptedException {
    String options = export(CLIENT, "java").get(0);
    NssDatabase database = NssDatabase.create(folder.resolve(".pki/nssdb"));
    for (String line : export(CLIENT, "browser")) {
      Consumer.sh(folder, line).orThrow();
    }
    Path request = Files.writeString(folder.resolve("request"), "GET / HTTP/1.0\r\n\r\n");
    try (MtlsGateway gateway = start(server, "haproxy")) {
      String port = Integer.toString(gateway.port());
      List<String> java =
          DefaultTlsProgram.command(options, "get", "https://localhost:" + port + "/");
      assertThat(
              new Consumer(Path.of(java.get(0)))
                  .run(folder, java.subList(1, java.size()).toArray(String[]::new))
                  .orThrow()
                  .output())
          .isEqualTo("welcome");
      assertThat(
              Consumer.require("tstclnt", "apt-get install libnss3-tools")
                  .runWithInput(
                      folder,
                      request,
                      "-d",
                      database.location(),
                      "-h",
                      "127.0.0.1",
                      "-p",
                      port,
                      "-a",
                      "localhost")
                  .output())
          .contains("welcome");
    }
  }

  /**
   * Runs a PostgreSQL: it takes the certificate of its client for a password, but nobody without
   * one.
   *
   * @param refused clients that it does not let in either
   */
  public void storeData(String server, List<String> refused)
      throws IOException, InterruptedException {
    List<String> lines = export(server, "postgres");
    if (Postgres.isRoot()) {
      String own = after("# as root, so that the server can read them: ", lines).orElseThrow();
      Consumer.sh(folder, own).orThrow();
    }
    String settings =
        after("# postgresql.conf: ", lines).orElseThrow().replace(", ", "\n")
            + after("# and ", lines).map("\n"::concat).orElse("")
            + "\n";
    try (Postgres database =
        Postgres.start(
            Files.createDirectory(fresh("run")),
            settings,
            after("# pg_hba.conf: ", lines).orElseThrow() + "\n",
            "CREATE ROLE jane LOGIN\n")) {
      String psql = psql(CLIENT, database.port());
      assertThat(Consumer.sh(folder, psql).orThrow().output()).isEqualTo("jane\n");
      assertThat(Consumer.sh(folder, psql.replaceAll(" ssl(cert|key)=\\S+", "")).output())
          .contains("connection requires a valid client certificate");
      for (String client : refused) {
        Consumer.Run run = Consumer.sh(folder, psql(client, database.port()));
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.output()).containsPattern("alert|reset|unexpectedly");
      }
      assertThat(Consumer.sh(folder, psql).orThrow().output()).isEqualTo("jane\n");
    }
  }

  private String psql(String client, int port) {
    Consumer.require("psql", "apt-get install postgresql-client");
    String line = export(client, "postgres").get(0).replace("HOST", "localhost");
    return "PGPORT=%d PGDATABASE=postgres %s -XtAc 'SELECT current_user'".formatted(port, line);
  }
}
