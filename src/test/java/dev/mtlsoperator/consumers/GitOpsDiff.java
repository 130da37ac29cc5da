package dev.mtlsoperator.consumers;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What Argo CD, by its own code, and Flux find different right after they applied manifests. */
public final class GitOpsDiff {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Consumer program;

  private GitOpsDiff(Consumer program) {
    this.program = program;
  }

  /** Built by the first caller, then from the cache. */
  public static GitOpsDiff provision() {
    return new GitOpsDiff(Consumer.provision("src/test/consumers/provision-argocd-diff.sh"));
  }

  /**
   * One object, compared in one way.
   *
   * @param drift empty: nothing differs
   */
  public record Comparison(String file, String kind, String name, String way, String drift) {}

  /** Applies and compares all objects of files, in new namespaces. */
  public List<Comparison> compare(Path kubeconfig, List<Path> files) {
    String[] arguments =
        Stream.concat(Stream.of(kubeconfig), files.stream())
            .map(file -> file.toAbsolutePath().toString())
            .toArray(String[]::new);
    List<Comparison> comparisons = new ArrayList<>();
    try {
      for (String line : program.run(Path.of("."), arguments).orThrow().output().lines().toList()) {
        comparisons.add(JSON.readValue(line, Comparison.class));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return comparisons;
  }
}
