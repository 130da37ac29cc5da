package dev.mtlsoperator.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The launcher in a folder as the build lays it out, with a jar and Javas that tests make. */
public record Installation(Path home) {
  private static final Path SOURCES = Path.of("src/main/launcher");
  private static final int ARCHIVE_BYTES = 100_000;
  private static final int PATIENCE_SECONDS = 50;

  /** What a run said: of a Java of {@link #java}, how it was called. */
  public record Run(int exitCode, String out, String err) {
    private List<String> words() {
      return out.lines().filter(line -> line.startsWith("> ")).map(l -> l.substring(2)).toList();
    }

    /** The options of the JVM. */
    public List<String> options() {
      return words().subList(0, words().indexOf("-jar"));
    }

    public String jar() {
      return words().get(words().indexOf("-jar") + 1);
    }

    /** The arguments of the program. */
    public List<String> program() {
      return words().subList(words().indexOf("-jar") + 2, words().size());
    }
  }

  /** Lays the launcher out in a folder. */
  public static Installation in(Path home) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Files.copy(SOURCES.resolve("jvm.options"), home.resolve("lib/jvm.options"));
    Files.copy(SOURCES.resolve("mtls-operator"), home.resolve("bin/mtls-operator"));
    executable(home.resolve("bin/mtls-operator"));
    return new Installation(home);
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  public Path launcher() {
    return home.resolve("bin/mtls-operator");
  }

  /** The environment of a run with a Java, and further variables: a name, a value, and so on. */
  public static Map<String, String> environment(Path java, String... more) {
    Map<String, String> environment = new HashMap<>(Map.of("JAVA_HOME", java.toString()));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  /** Makes a Java that says how it is called; it waits WAIT seconds and ends with EXIT. */
  public Path java(Path folder, String version) throws IOException {
    Files.createDirectories(folder.resolve("bin"));
    Files.writeString(
        folder.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
    Path java = folder.resolve("bin/java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        if [ "$1" = -version ]; then
          echo 'openjdk version "%s" 2026-01-01' >&2
        elif [ -n "${WAIT:-}" ]; then
          echo "pid $$"
          exec sleep "$WAIT"
        fi
        printf '> %%s\\n' "$@"
        exit "${EXIT:-0}"
        """
            .formatted(version));
    executable(java);
    return folder;
  }

  /** Puts a class archive of the build beside the jar, with content that is none. */
  public Path archiveFor(Path java) throws IOException {
    Path archive = home.resolve("lib/mtls-operator.jsa");
    Files.write(archive, new byte[ARCHIVE_BYTES]);
    Files.writeString(
        home.resolve("lib/archive-fits"),
        ARCHIVE_BYTES
            + " "
            + home.toRealPath()
            + "/lib/mtls-operator.jar\n"
            + Files.readString(java.resolve("release")));
    return archive;
  }

  /** Puts a jar in its place that says a line, for a true Java. */
  public void jarThatSays(String line) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Says.class.getName());
    manifest.getMainAttributes().put(new Attributes.Name("Says"), line);
    String file = Says.class.getName().replace('.', '/') + ".class";
    try (OutputStream out = Files.newOutputStream(home.resolve("lib/mtls-operator.jar"));
        JarOutputStream jar = new JarOutputStream(out, manifest);
        InputStream of = Installation.class.getClassLoader().getResourceAsStream(file)) {
      jar.putNextEntry(new JarEntry(file));
      of.transferTo(jar);
      jar.closeEntry();
    }
  }

  /** The program of {@link #jarThatSays}. */
  public static final class Says {
    private Says() {}

    public static void main(String[] args) throws IOException {
      try (InputStream in = Says.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
        System.out.println(new Manifest(in).getMainAttributes().getValue("Says"));
      }
    }
  }

  /** Copies it. */
  public void copyTo(Path copy) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(home.relativize(file).toString()));
      }
    }
    executable(copy.resolve("bin/mtls-operator"));
  }

  /** Takes away the right to write to a folder and all that is in it. */
  public void readOnly(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r-xr-xr-x"));
      }
    }
  }

  /** A PATH with what a shell script needs, and no Java. */
  public String pathWithoutJava(Path tools) throws IOException {
    Files.createDirectories(tools);
    for (String tool : List.of("sh", "cat", "find", "id", "mkdir", "readlink", "rm", "sed", "wc")) {
      Path found =
          Stream.of("/usr/bin", "/bin")
              .map(folder -> Path.of(folder, tool))
              .filter(Files::isExecutable)
              .findFirst()
              .orElseThrow();
      Path wrapper = tools.resolve(tool);
      Files.writeString(wrapper, "#!/bin/sh\nexec " + found + " \"$@\"\n");
      executable(wrapper);
    }
    return tools.toString();
  }

  /** Starts a launcher by its path or, without a folder, by its name in PATH. */
  public Process start(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException {
    // through a shell: PATH is the one that is given here
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\"", "sh"));
    command.add(launcher.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> own = builder.environment();
    own.keySet()
        .removeAll(List.of("JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
    own.putAll(environment);
    return builder.start();
  }

  /** Runs it to its end. */
  public Run run(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Process process = start(launcher, environment, arguments);
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
    return new Run(
        process.exitValue(), text(process.getInputStream()), text(process.getErrorStream()));
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
