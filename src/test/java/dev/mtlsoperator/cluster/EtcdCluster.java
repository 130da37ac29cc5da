package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An etcd cluster on the loopback address, whose members ask clients and each other for
 * certificates. A member serves and dials with the same three files, {@code tls.crt}, {@code
 * tls.key} and {@code ca.crt}, as a Secret has them.
 */
public final class EtcdCluster implements AutoCloseable {
  /** Many times what a member needs, for a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration POLL = Duration.ofMillis(50);

  private final Binaries binaries;
  private final Path folder;
  private final Reaper reaper;
  private final List<Member> members;
  private final Map<Member, LocalProcess> processes = new LinkedHashMap<>();

  private EtcdCluster(Binaries binaries, Path folder, List<Member> members) {
    this.binaries = binaries;
    this.folder = folder;
    this.members = members;
    reaper = new Reaper(folder);
  }

  /**
   * Starts a member for each folder of TLS files, and returns when all answer.
   *
   * @param folder empty, for data and logs
   */
  public static EtcdCluster start(Path folder, List<Path> tls) throws IOException {
    List<Member> members = new ArrayList<>();
    List<Integer> ports = Stream.generate(FreePort::next).limit(3L * tls.size()).toList();
    for (int i = 0; i < tls.size(); i++) {
      members.add(
          new Member(
              "etcd-" + i,
              tls.get(i),
              ports.get(3 * i),
              ports.get(3 * i + 1),
              ports.get(3 * i + 2)));
    }
    EtcdCluster cluster = new EtcdCluster(Binaries.provision(), folder, members);
    try {
      members.forEach(cluster::launch);
      members.forEach(cluster::awaitHealth);
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Where clients call, one address for each member. */
  public List<URI> endpoints() {
    return members.stream().map(Member::client).toList();
  }

  /**
   * Restarts one member after the other, as a StatefulSet is rolled: the next one only when the
   * last one answers again, with a leader and a quorum.
   */
  public void roll() {
    for (Member member : members) {
      process(member).terminate(PATIENCE);
      processes.remove(member);
      launch(member);
      awaitHealth(member);
    }
  }

  /** What all members have logged: warnings and errors. */
  public String log() {
    return members.stream()
        .map(
            member -> {
              try {
                return Files.readString(folder.resolve(member.name() + ".log"));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .collect(Collectors.joining());
  }

  /** Ends all members. */
  @Override
  public void close() {
    processes.values().forEach(LocalProcess::kill);
    processes.clear();
    reaper.close();
  }

  private void launch(Member member) {
    String initial =
        members.stream()
            .map(other -> other.name() + "=" + other.peer())
            .collect(Collectors.joining(","));
    List<String> command =
        new ArrayList<>(
            List.of(
                binaries.etcd(),
                "--name=" + member.name(),
                "--data-dir=" + member.name() + "-data",
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-metrics-urls=" + member.health(),
                "--listen-client-urls=" + member.client(),
                "--advertise-client-urls=" + member.client(),
                "--listen-peer-urls=" + member.peer(),
                "--initial-advertise-peer-urls=" + member.peer(),
                "--initial-cluster=" + initial));
    command.addAll(member.tlsFlags());
    processes.put(member, LocalProcess.start(member.name(), folder, reaper, command));
  }

  private LocalProcess process(Member member) {
    LocalProcess process = processes.get(member);
    if (process == null) {
      throw new IllegalStateException(member.name() + " is not running");
    }
    return process;
  }

  private void awaitHealth(Member member) {
    LocalProcess process = process(member);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!isHealthy(member)) {
      process.requireAlive();
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(member.name() + " is not healthy:\n" + process.tail());
      }
      try {
        Thread.sleep(POLL.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** etcd says 200 only after a read that a quorum confirmed. */
  private static boolean isHealthy(Member member) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) member.health().resolve("/health").toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(5_000);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }

  private record Member(String name, Path tls, int clientPort, int peerPort, int healthPort) {
    URI client() {
      return URI.create("https://127.0.0.1:" + clientPort);
    }

    URI peer() {
      return URI.create("https://127.0.0.1:" + peerPort);
    }

    /** Without TLS, so that a probe needs no certificate. */
    URI health() {
      return URI.create("http://127.0.0.1:" + healthPort);
    }

    List<String> tlsFlags() {
      Path certificate = tls.resolve("tls.crt");
      Path key = tls.resolve("tls.key");
      Path ca = tls.resolve("ca.crt");
      return List.of(
          "--client-cert-auth",
          "--cert-file=" + certificate,
          "--key-file=" + key,
          "--trusted-ca-file=" + ca,
          "--peer-client-cert-auth",
          "--peer-cert-file=" + certificate,
          "--peer-key-file=" + key,
          "--peer-trusted-ca-file=" + ca);
    }
  }
}
