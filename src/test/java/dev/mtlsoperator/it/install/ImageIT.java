package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.InstalledJava;
import dev.mtlsoperator.consumers.UnpackedImage;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image: built twice without a container engine, unpacked, and run as a container would be,
 * with the C library of this machine as its base.
 */
@Timeout(600)
final class ImageIT {
  private static final Pattern LOADED =
      Pattern.compile("(?m)^\\[[^]]*]\\[info]\\[class,load] (\\S+) source: (.*)$");
  private static final Pattern IN_SYNC = Pattern.compile("(?m)^(\\S+Z) INFO .*mtls-operator runs");
  private static final Pattern ISSUED =
      Pattern.compile("(?m)^(\\S+Z) INFO .*CA generation created");

  /** More starts give better figures: -Dimage.starts=3. */
  private static final int STARTS = Integer.getInteger("image.starts", 1);

  /** With fewer, the start has become slower than necessary. */
  private static final double ENOUGH = 0.97;

  @TempDir private static Path folder;

  private static EmbeddedCluster cluster;
  private static Path first;
  private static UnpackedImage image;

  @BeforeAll
  static void begin() throws IOException {
    InstalledJava.requireNewest();
    Path base = folder.resolve("base.tar");
    new Consumer(Path.of("src/test/tools/base-image.sh").toAbsolutePath())
        .run(folder, base.toString())
        .orThrow();
    first = build(base, "first");
    Path second = build(base, "second");
    assertThat(Files.mismatch(first, second)).as("two builds, bit for bit").isEqualTo(-1);
    image = UnpackedImage.of(first, folder);
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
  }

  @AfterAll
  static void end() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static Path build(Path base, String name) {
    Path tar = folder.resolve(name + ".tar");
    Consumer.require("mvn", "install Maven")
        .run(
            Path.of("").toAbsolutePath(),
            "-B",
            "-ntp",
            "-Pimage",
            "-Dimage.base=tar://" + base,
            "-Dimage.stage=" + folder.resolve(name),
            "-Djib.outputPaths.tar=" + tar,
            "cyclonedx:makeBom",
            "exec:exec@stage",
            "jib:buildTar")
        .orThrow();
    return tar;
  }

  private static List<String> entrypoint() {
    List<String> command = new ArrayList<>();
    image.config().at("/config/Entrypoint").forEach(word -> command.add(word.asText()));
    return command;
  }

  /** As a container engine runs it: read-only, as its user. */
  private static List<String> contained() {
    List<String> command = new ArrayList<>();
    if (!"root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("sudo", "-n"));
    }
    command.addAll(
        List.of(
            "unshare",
            "--mount",
            Path.of("src/test/tools/run-image.sh").toAbsolutePath().toString(),
            image.root().toString(),
            cluster.kubeconfig().toString()));
    command.addAll(entrypoint());
    return command;
  }

  @Test
  void shouldSayHowItIsRun() {
    JsonNode config = image.config().get("config");

    assertThat(config.get("User").asText()).isEqualTo("65532:65532");
    assertThat(config.get("WorkingDir").asText()).isEqualTo("/app");
    assertThat(config.get("ExposedPorts").has("8080/tcp")).isTrue();
    assertThat(config.at("/Labels/org.opencontainers.image.licenses").asText())
        .isEqualTo("Apache-2.0");
    assertThat(entrypoint()).first().isEqualTo("/opt/java/bin/java");
  }

  @Test
  void shouldHoldNothingThatItsUserCouldChange() throws IOException {
    try (Stream<Path> files = Files.walk(image.root())) {
      assertThat(files.filter(f -> !Files.isSymbolicLink(f) && !f.endsWith("tmp")))
          .allSatisfy(
              file -> {
                Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
                assertThat(mode)
                    .as("%s", file)
                    .doesNotContain(PosixFilePermission.OTHERS_WRITE)
                    .contains(PosixFilePermission.OTHERS_READ);
                int bits = (Integer) Files.getAttribute(file, "unix:mode");
                assertThat(bits & 06000).as("setuid, setgid of %s", file).isZero();
              });
    }
    assertThat(image.root().resolve("app"))
        .isDirectoryContaining(f -> f.endsWith("mtls-operator.jar"))
        .isDirectoryNotContaining(f -> f.endsWith("libs") || f.endsWith("classes"));
  }

  @Test
  void shouldHoldABillOfMaterials() throws IOException {
    JsonNode bom =
        new ObjectMapper().readTree(image.root().resolve("app/mtls-operator.cdx.json").toFile());

    assertThat(bom.get("bomFormat").asText()).isEqualTo("CycloneDX");
    Map<String, String> components = new TreeMap<>();
    bom.get("components")
        .forEach(c -> components.put(c.get("name").asText(), c.get("version").asText()));
    assertThat(components)
        .containsKeys("bcprov-jdk18on", "kubernetes-client", "operator-framework-core", "picocli")
        .doesNotContainKeys("junit-jupiter-api", "assertj-core");
  }

  @Test
  void shouldStartQuicklyAndWork() {
    for (int start = 1; start <= STARTS; start++) {
      Scene scene = Scene.in(cluster, "image");
      scene.apply(Manifest.rootCA("root"));
      Instant begun = Instant.now();
      List<String> command = contained();
      command.addAll(List.of("operator", "--management-port", "0"));
      try (OperatorProgram program = OperatorProgram.command(command, Map.of())) {
        program.awaitReady();
        // its native library was unpacked into /tmp and loaded
        assertThat(program.output()).doesNotContain("BoringSSL");
        scene.readyRootCA("root");
        System.out.printf(
            "image: start %d of %d: watches in sync after %d ms, first CA after %d ms, RSS %d MiB, tar %d MiB%n",
            start,
            STARTS,
            Duration.between(begun, time(IN_SYNC, program)).toMillis(),
            Duration.between(begun, time(ISSUED, program)).toMillis(),
            program.usage().residentBytes() >> 20,
            first.toFile().length() >> 20);

        scene.apply(Manifest.serverCert("web"), Manifest.clientCert("browser"));
        scene.readyServer("web");
        scene.readyClient("browser");
        program.terminate();
        assertThat(program.exitCode(Duration.ofSeconds(15))).isEqualTo(143);
      }
    }
  }

  private static Instant time(Pattern pattern, OperatorProgram program) {
    Matcher line = pattern.matcher(program.output());
    assertThat(line.find()).as("%s in %s", pattern, program.output()).isTrue();
    return Instant.parse(line.group(1));
  }

  @Test
  void shouldUseItsArchive() throws IOException {
    Scene scene = Scene.in(cluster, "archive");
    scene.apply(Manifest.rootCA("root"), Manifest.serverCert("web"), Manifest.clientCert("b"));
    if (Boolean.getBoolean("crds.update")) {
      // this image was built from the former list: the next build checks an image of this list
      new ClassList(image.root(), folder).write(cluster, scene);
      return;
    }
    List<String> command = contained();
    int flags = command.indexOf("-jar");
    command.add(flags, "-Xshare:on");
    command.add(flags, "-Xlog:class+load");
    command.addAll(List.of("operator", "--management-port", "0"));
    try (OperatorProgram program = OperatorProgram.command(command, Map.of())) {
      program.awaitReady();
      scene.readyServer("web");
      scene.readyClient("b");

      Set<String> all = new TreeSet<>();
      Set<String> archived = new TreeSet<>();
      Matcher line = LOADED.matcher(program.output());
      while (line.find()) {
        String name = line.group(1);
        // created at run time
        if (!name.contains("/0x") && !name.contains("$$") && !name.contains("$Proxy")) {
          all.add(name.replace('.', '/'));
          if (line.group(2).startsWith("shared objects file")) {
            archived.add(name.replace('.', '/'));
          }
        }
      }
      System.out.printf("image: %d of %d classes from the archive%n", archived.size(), all.size());
      assertThat((double) archived.size() / all.size())
          .as("share of classes from the archive; mvn -q -Pregenerate makes the list anew")
          .isGreaterThan(ENOUGH);
    }
  }
}
