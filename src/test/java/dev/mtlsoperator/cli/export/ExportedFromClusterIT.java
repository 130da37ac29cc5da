package dev.mtlsoperator.cli.export;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.LeafFileNames;
import dev.mtlsoperator.consumers.ExportedPrograms;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is exported from a cluster is what is exported from files, and programs run with it. */
@Timeout(300)
final class ExportedFromClusterIT {
  private static final List<String> CERTIFICATES = List.of("servercert/web", "clientcert/jane");

  /** Made from what is in a Secret, not copied. */
  private static final Set<String> MADE =
      Set.of("transport-socket.yaml", "mtls.properties", "java.options", "private-key.pem");

  private final Scene scene = Scene.begin("exported");

  @TempDir Path folder;

  @BeforeAll
  @Timeout(900)
  static void provision() {
    ExportedPrograms.provision();
  }

  @BeforeEach
  void issue() {
    scene.apply(
        rootCA("root").with("spec.revocation", Map.of()),
        rootCA("other"),
        serverCert("web")
            .with("spec.dnsNames", List.of("localhost"))
            .with("spec.revocations", true)
            .with("spec.keystores.pkcs12.enabled", true),
        clientCert("jane"),
        clientCert("stranger")
            .with("spec.rootCARef.name", "other")
            .with("spec.commonName", "jane")
            .with("spec.trustedCARefs", List.of(Map.of("name", "root"))));
    scene.readyServer("web");
    List.of("jane", "stranger").forEach(scene::readyClient);
    eventually(() -> assertThat(scene.secret("web").getData()).containsKey("ca.crl"));
  }

  private ExportRun export(String certificate, String consumer, Path out) {
    return ExportRun.of(
        () ->
            Clients.create(
                RunningOperator.shared().cluster().client().getConfiguration(), new ApiTraffic()),
        certificate,
        "--for=" + consumer,
        "-n",
        scene.namespace(),
        "-o",
        out.toString());
  }

  private ExportRun exportFiles(String certificate, String consumer, Path out) {
    return ExportRun.of(
        Clock.systemUTC(),
        certificate,
        "--for=" + consumer,
        "-n",
        scene.namespace(),
        "--from=" + folder.resolve("issued"),
        "-o",
        out.toString());
  }

  @Test
  void shouldWriteTheSameFromAClusterAndFromFiles() throws IOException {
    List<String> written = new ArrayList<>();
    for (String certificate : CERTIFICATES) {
      writeAsIssued(certificate);
      for (String consumer : ExportConsumer.ids()) {
        Path out = folder.resolve("out");
        ExportRun fromCluster = export(certificate, consumer, out);
        Map<String, String> files = taken(out);
        ExportRun fromFiles = exportFiles(certificate, consumer, out);

        assertThat(fromFiles).as(certificate + consumer).isEqualTo(fromCluster);
        assertThat(taken(out)).as(certificate + consumer).isEqualTo(files);
        if (fromCluster.exitCode() == 0) {
          written.add(certificate + " " + consumer);
          requireCopies(certificate, files);
        }
      }
    }

    assertThat(written)
        .hasSize(12)
        .contains("servercert/web envoy", "clientcert/jane browser", "clientcert/jane postgres");
  }

  private Secret secret(String certificate) {
    return scene.secret(certificate.split("/", 2)[1]);
  }

  /** In the folder that {@code issue} would have written. */
  private void writeAsIssued(String certificate) throws IOException {
    LeafName name = LeafName.parse(certificate, scene.namespace());
    Path leaf =
        Files.createDirectories(
            folder.resolve("issued").resolve(scene.namespace()).resolve(certificate));
    Secret secret = secret(certificate);
    for (String key : secret.getData().keySet()) {
      Files.write(leaf.resolve(LeafFileNames.of(name.kind()).name(key)), Scene.bytes(secret, key));
    }
  }

  /** Digests, for a failure would show keys, of the files of a folder, which is gone then. */
  private static Map<String, String> taken(Path out) throws IOException {
    Map<String, String> files = new TreeMap<>();
    if (Files.exists(out)) {
      try (Stream<Path> all = Files.list(out)) {
        for (Path file : all.toList()) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as(file.toString())
              .isEqualTo("rw-------");
          files.put(file.getFileName().toString(), digest(Files.readAllBytes(file)));
          Files.delete(file);
        }
      }
      Files.delete(out);
    }
    return files;
  }

  private void requireCopies(String certificate, Map<String, String> files) {
    Secret secret = secret(certificate);
    Set<String> contents =
        secret.getData().keySet().stream()
            .map(key -> digest(Scene.bytes(secret, key)))
            .collect(Collectors.toSet());
    String combined = Scene.text(secret, "tls.crt") + Scene.text(secret, "tls.key");
    contents.add(digest(combined.getBytes(StandardCharsets.US_ASCII)));
    files.forEach(
        (name, content) ->
            assertThat(MADE.contains(name) || contents.contains(content))
                .as("%s of %s is in its Secret", name, certificate)
                .isTrue());
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldRunProgramsWithWhatIsInACluster() throws Exception {
    ExportedPrograms programs =
        new ExportedPrograms(
            folder,
            (certificate, consumer, out) -> {
              ExportRun run = export(certificate, consumer, out);
              assertThat(run.exitCode()).as(run.err()).isZero();
              return run.lines(out);
            });
    List<String> refused = List.of("clientcert/stranger");

    for (String consumer : List.of("haproxy", "envoy", "spring", "java")) {
      programs.serve(consumer, "servercert/web", refused);
    }
    programs.storeData("servercert/web", refused);
    programs.dial("servercert/web");
  }
}
