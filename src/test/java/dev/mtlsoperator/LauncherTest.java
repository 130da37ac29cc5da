package dev.mtlsoperator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.harness.Installation;
import dev.mtlsoperator.harness.Installation.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher, as it lies in {@code src/main/launcher}, with Javas that only say how they are
 * called.
 */
@Tag("programs")
@Timeout(60)
final class LauncherTest {
  @TempDir private Path folder;

  private Installation installed;
  private Path java17;
  private Path java25;

  @BeforeEach
  void install() throws IOException {
    installed = Installation.in(folder.resolve("a folder/mtls operator"));
    java17 = installed.java(folder.resolve("java 17"), "17.0.15");
    java25 = installed.java(folder.resolve("java 25"), "25.0.1");
  }

  private Run run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return installed.run(installed.launcher(), environment, arguments);
  }

  private Map<String, String> with(Path java, String... more) {
    return Installation.environment(java, more);
  }

  @Test
  void shouldPassEachArgumentAndTheExitCode() throws Exception {
    String[] arguments = {"issue", "", "two words", "*", "$HOME", "\"q\" 'q'", "-f", "back\\slash"};

    Run run = run(with(java17, "EXIT", "7"), arguments);

    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.program()).containsExactly(arguments);
    assertThat(run.jar()).isEqualTo(installed.home().toRealPath() + "/lib/mtls-operator.jar");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void shouldFindItsFilesBehindSymbolicLinks() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("else where/bin"));
    Path direct = Files.createSymbolicLink(bin.resolve("direct"), installed.launcher());
    Path relative =
        Files.createSymbolicLink(bin.resolve("mtls-operator"), Path.of("../bin/direct"));

    for (Path link : List.of(direct, relative)) {
      Run run = installed.run(link, with(java17), "--help");

      assertThat(run.jar()).isEqualTo(installed.home().toRealPath() + "/lib/mtls-operator.jar");
    }
  }

  @Test
  void shouldRunFromPathWithoutWritingToItsFolder() throws Exception {
    Path copy = folder.resolve("copy");
    installed.copyTo(copy);
    installed.readOnly(copy);

    Run run =
        installed.run(
            Path.of("mtls-operator"),
            with(java17, "PATH", copy.resolve("bin") + ":" + System.getenv("PATH")),
            "operator");

    assertThat(run.jar()).isEqualTo(copy.toRealPath() + "/lib/mtls-operator.jar");
  }

  @Test
  void shouldChooseOptionsByVersion() throws Exception {
    assertThat(run(with(java17)).options())
        .contains("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")
        .doesNotContain("--sun-misc-unsafe-memory-access=allow");
    assertThat(run(with(java25)).options())
        .contains("-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow");
  }

  @Test
  void shouldLetTheUsersOptionsWin() throws Exception {
    Run added = run(with(java17, "JAVA_OPTS", "-Xmx192m  -XX:TieredStopAtLevel=4 -Da=*"));
    assertThat(added.options())
        .endsWith("-Xmx192m", "-XX:TieredStopAtLevel=4", "-Da=*")
        .contains("-XX:+UseSerialGC")
        .doesNotContain("-XX:TieredStopAtLevel=1");

    // two collectors would be refused by the JVM
    assertThat(run(with(java17, "JAVA_OPTS", "-XX:+UseG1GC")).options())
        .contains("-XX:+UseG1GC")
        .doesNotContain("-XX:+UseSerialGC");

    // which the JVM itself reads, but before the command line
    for (String variable : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
      assertThat(run(with(java17, variable, "-XX:-ExitOnOutOfMemoryError -XX:+UseZGC")).options())
          .noneMatch(option -> option.contains("GC") || option.contains("OutOfMemory"))
          .contains("-XX:TieredStopAtLevel=1");
      assertThat(run(with(java17, variable, "-Xms64m -XX:NewSize=64m")).options())
          .noneMatch(option -> option.startsWith("-Xms") || option.startsWith("-Xmn"));
      installed.archiveFor(java17);
      assertThat(run(with(java17, variable, "-Xlog:gc")).options())
          .anyMatch(option -> option.startsWith("-XX:SharedArchiveFile="))
          .noneMatch(option -> option.startsWith("-Xlog"));
    }
  }

  @Test
  void shouldTakeTheJavaOfPathWhereJavaHomeIsOfNoUse() throws Exception {
    Path java11 = installed.java(folder.resolve("java 11"), "11.0.20");
    Path linked = Files.createDirectory(folder.resolve("links"));
    Files.createSymbolicLink(linked.resolve("java"), java25.resolve("bin/java"));

    for (Path home : List.of(java11, folder.resolve("missing"))) {
      Run run = run(with(home, "PATH", linked + ":" + System.getenv("PATH")), "--help");

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.options()).contains("--sun-misc-unsafe-memory-access=allow");
    }
  }

  @Test
  void shouldAskAJavaThatDoesNotSayItsVersion() throws Exception {
    Files.delete(java25.resolve("release"));

    assertThat(run(with(java25)).options()).contains("--sun-misc-unsafe-memory-access=allow");
  }

  @Test
  void shouldSayWhatToInstallWhereThereIsNoGoodJava() throws Exception {
    Path java8 = installed.java(folder.resolve("java 8"), "1.8.0_392");
    String path = installed.pathWithoutJava(folder.resolve("tools"));

    Run none = run(with(folder, "JAVA_HOME", "", "PATH", path), "--help");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.out()).isEmpty();
    assertThat(none.err())
        .contains("Java 17 or later is needed; found none")
        .contains("apt-get install openjdk-17-jre-headless");

    assertThat(run(with(folder, "JAVA_HOME", "", "PATH", ""), "--help").err())
        .as("without any program")
        .contains("found none");

    Run old = run(with(java8, "PATH", path), "--help");
    assertThat(old.exitCode()).isEqualTo(2);
    assertThat(old.err())
        .contains("found: Java 1.8.0_392 in " + java8 + "/bin/java (JAVA_HOME).\n");
  }

  @Test
  void shouldUseTheArchiveOfTheBuildOnlyWhereItFits() throws Exception {
    Path archive = installed.archiveFor(java17);
    String option = "-XX:SharedArchiveFile=" + archive.toRealPath();

    assertThat(run(with(java17), "--help").options())
        .contains(option, "-XX:+VerifySharedSpaces", "-Xlog:disable");
    assertThat(run(with(java25), "--help").options()).noneMatch(o -> o.contains("Archive"));
    assertThat(run(with(java17, "JAVA_OPTS", "-Xshare:off"), "--help").options())
        .noneMatch(o -> o.contains("Archive"));

    // the JVM would crash on a file that is shorter than it says
    Files.write(archive, new byte[10]);
    assertThat(run(with(java17), "--help").options()).doesNotContain(option);
  }

  @Test
  void shouldMakeAnArchiveInTheUsersOwnFolder() throws Exception {
    Path cache = folder.resolve("cache");
    Map<String, String> environment = with(java25, "XDG_CACHE_HOME", cache.toString());

    assertThat(run(environment, "issue").options())
        .contains(
            "-XX:+AutoCreateSharedArchive",
            "-XX:SharedArchiveFile=" + cache + "/mtls-operator/issue-25.jsa");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(cache.resolve("mtls-operator"))))
        .isEqualTo("rwx------");
    // an archive of so few classes would stay; and older Javas cannot
    assertThat(run(environment, "--help").options()).noneMatch(o -> o.contains("Archive"));
    assertThat(run(with(java17, "XDG_CACHE_HOME", cache.toString()), "issue").options())
        .noneMatch(o -> o.contains("Archive"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache", "cache/mtls-operator"})
  void shouldNotUseAFolderThatOthersCanWriteTo(String open) throws Exception {
    Path cache = Files.createDirectories(folder.resolve("cache/mtls-operator")).getParent();
    Files.setPosixFilePermissions(
        folder.resolve(open), PosixFilePermissions.fromString("rwxrwxrwx"));

    Run run = run(with(java25, "XDG_CACHE_HOME", cache.toString()), "issue");

    assertThat(run.exitCode()).isZero();
    assertThat(run.options()).noneMatch(o -> o.contains("Archive"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative", "/proc/none"})
  void shouldDoWithoutAHome(String cache) throws Exception {
    Run run = run(with(java25, "HOME", "", "XDG_CACHE_HOME", cache), "issue");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.options()).noneMatch(o -> o.contains("Archive"));
  }

  @Test
  void shouldBecomeTheProgramSoThatSignalsReachIt() throws Exception {
    Process process = installed.start(installed.launcher(), with(java17, "WAIT", "50"), "operator");
    long pid = Long.parseLong(process.inputReader().readLine().replaceFirst("pid ", ""));

    assertThat(pid).isEqualTo(process.pid());
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("128 + SIGTERM").isEqualTo(143);
  }

  @Test
  void shouldRunOnThisJavaThoughTheArchiveIsBroken() throws Exception {
    Path java = Path.of(System.getProperty("java.home"));
    installed.jarThatSays("it runs");
    Files.write(installed.archiveFor(java), new byte[100_000]);

    Run run = run(with(java, "XDG_CACHE_HOME", folder.toString()), "issue");

    assertThat(run.out()).isEqualTo("it runs\n");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }
}
