package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * A PostgreSQL on a free port of the loopback address, with all its files in one folder. It refuses
 * to run as root, so root runs it as the user of the Debian package.
 */
final class Postgres implements AutoCloseable {
  private static final String USER = "postgres";
  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

  private final Path tls;
  private final GatewayProcess process;

  private Postgres(Path tls, GatewayProcess process) {
    this.tls = tls;
    this.process = process;
  }

  /** The folder of its programs, or the end of the test. */
  static Path provision() throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(VERSIONS)) {
      try (DirectoryStream<Path> each = Files.newDirectoryStream(VERSIONS, "[0-9]*")) {
        each.forEach(version -> found.add(version.resolve("bin")));
      }
    }
    Consumer.require(!found.isEmpty(), "PostgreSQL is not installed: apt-get install postgresql");
    return Collections.max(found, Comparator.comparingInt(Postgres::major));
  }

  private static int major(Path programs) {
    return Integer.parseInt(
        programs.getParent().getFileName().toString().replaceFirst("\\..*", ""));
  }

  static Cell version() throws IOException {
    return ProgramVersions.printed(
        new Consumer(provision().resolve("postgres")), "--version", "PostgreSQL\\) ([0-9.]+)");
  }

  /**
   * Starts it; it answers when this returns.
   *
   * @param folder empty
   * @param configuration more lines of {@code postgresql.conf}; files are in {@code /tls}
   * @param hba {@code pg_hba.conf}
   * @param secret the files that are in {@code /tls}
   * @param sql statements, one a line, that a superuser executes before
   */
  static Postgres start(Path folder, String configuration, String hba, Path secret, String sql)
      throws IOException, InterruptedException {
    Path tls = own(folder).resolve("tls");
    as(folder, "mkdir", tls.toString());
    take(folder, secret, tls);
    return start(folder, tls, configuration.replace("/tls/", tls + "/"), hba, sql);
  }

  /** The same with files that the server's user can read where they are. */
  static Postgres start(Path folder, String configuration, String hba, String sql)
      throws IOException, InterruptedException {
    return start(folder, own(folder).resolve("tls"), configuration, hba, sql);
  }

  private static Path own(Path folder) throws IOException, InterruptedException {
    // the user must reach it
    run(List.of("chmod", "a+x", folder.getParent().toString()), folder);
    Path own = Files.createDirectory(folder.resolve("own"));
    if (isRoot()) {
      run(List.of("chown", USER, own.toString()), folder);
    }
    return own;
  }

  private static Postgres start(Path folder, Path tls, String configuration, String hba, String sql)
      throws IOException, InterruptedException {
    Path programs = provision();
    Path data = folder.resolve("own/data");
    as(
        folder,
        programs.resolve("initdb").toString(),
        "--no-sync",
        "--locale=C",
        "--encoding=UTF8",
        "--username=" + USER,
        "--pgdata=" + data);
    int port = FreePort.next();
    Files.writeString(
        data.resolve("postgresql.conf"),
        "listen_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = ''\nfsync = off\n"
                .formatted(port)
            + configuration);
    Files.writeString(data.resolve("pg_hba.conf"), hba);
    Path statements = Files.writeString(folder.resolve("statements.sql"), sql);
    String program = programs.resolve("postgres").toString();
    as(
        folder,
        "sh",
        "-c",
        "exec \"$0\" --single -D \"$1\" postgres < \"$2\"",
        program,
        data.toString(),
        statements.toString());
    return new Postgres(
        tls,
        GatewayProcess.start(
            folder, port, asUser(program, "-D", data.toString()).toArray(String[]::new)));
  }

  /** Whether the server runs as another user. */
  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static List<String> asUser(String... command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) {
      all.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static void as(Path folder, String... command) throws IOException, InterruptedException {
    run(asUser(command), folder);
  }

  private static void run(List<String> command, Path folder)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "run", ".log");
    int exitCode =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    if (exitCode != 0) {
      throw new IOException(command + " ended with " + exitCode + ": " + Files.readString(log));
    }
  }

  // it demands that nobody else can read the key
  private static void take(Path folder, Path secret, Path tls)
      throws IOException, InterruptedException {
    List<String> install = new ArrayList<>(List.of("install", "--mode=600"));
    if (isRoot()) {
      install.add("--owner=" + USER);
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(secret)) {
      files.forEach(file -> install.add(file.toString()));
    }
    install.add(tls.toString());
    run(install, folder);
  }

  int port() {
    return process.port();
  }

  /** Takes up the files of another version, as {@code pg_reload_conf()} does. */
  void take(Path secret) throws IOException, InterruptedException {
    take(tls.getParent().getParent(), secret, tls);
    process.signal("HUP");
  }

  String log() throws IOException {
    return process.log();
  }

  @Override
  public void close() {
    process.close();
  }
}
