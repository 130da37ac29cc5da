package dev.mtlsoperator.docs;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A page of the documentation, and what it tells people to run. */
public record Page(String text) {
  private static final int PATIENCE_SECONDS = 120;
  private static final Pattern HEADING = Pattern.compile("(?m)^## (.*)\n");

  /** From a file. */
  public static Page read(Path file) throws IOException {
    return new Page(Files.readString(file));
  }

  /** The code blocks of a language, in their order. */
  public List<String> blocks(String language) {
    return Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
        .matcher(text)
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  /** Its sections by heading, in their order. */
  public Map<String, Page> sections() {
    Map<String, Page> sections = new LinkedHashMap<>();
    List<String> headings = HEADING.matcher(text).results().map(m -> m.group(1)).toList();
    List<String> bodies = Arrays.asList(HEADING.split(text, -1));
    for (int i = 0; i < headings.size(); i++) {
      sections.put(headings.get(i), new Page(bodies.get(i + 1)));
    }
    return sections;
  }

  /** The same lines for somebody who works in a namespace. */
  public static String in(String namespace, String script) {
    return """
        cp "$KUBECONFIG" kubeconfig
        export KUBECONFIG=$PWD/kubeconfig
        kubectl config set-context --current --namespace=%s >/dev/null
        %s"""
        .formatted(namespace, script);
  }

  /**
   * Runs lines in one shell that stops at the first mistake.
   *
   * @param folder to run in: what people have in their clone is linked into it
   * @param programs folders that are looked at first
   * @param log where both streams go
   * @return the exit code
   */
  public static int run(
      String script, EmbeddedCluster cluster, Path folder, List<Path> programs, Path log)
      throws IOException, InterruptedException {
    for (String name : List.of("crds", "examples", "helm", "target/mtls-operator")) {
      Path link = folder.resolve(name);
      Files.createDirectories(link.getParent());
      // also one that leads nowhere: there may be no program yet
      if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of(name).toAbsolutePath());
      }
    }
    Path file = Files.createTempFile(folder, "script", ".sh");
    Files.writeString(file, "set -euo pipefail\n" + script);
    ProcessBuilder builder =
        new ProcessBuilder("bash", file.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("KUBECONFIG", cluster.kubeconfig().toString());
    environment.put(
        "PATH",
        programs.stream().map(program -> program + ":").collect(Collectors.joining())
            + cluster.programs()
            + ":"
            + Path.of(System.getProperty("java.home"), "bin")
            + ":"
            + environment.get("PATH"));
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError("the commands did not end: " + Files.readString(log));
    }
    return process.exitValue();
  }
}
