package dev.mtlsoperator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The scripts that fill the cache of programs. A warm cache hides what is wrong with them, so what
 * can be seen in their text is looked at here.
 */
final class ProvisionScriptsTest {
  private static final Path TESTS = Path.of("src/test");
  private static final Path SHARED = TESTS.resolve("provisioning.sh");
  private static final Pattern FUNCTION = Pattern.compile("(?m)^([a-z_]+)\\(\\)");
  private static final Pattern LIBRARY =
      Pattern.compile("(?m)^\\t(k8s\\.io/(?:api|apimachinery|client-go|apiserver) v\\S+)");

  /** Bash takes the later of two functions: the shared one would call the script's, and so on. */
  @ParameterizedTest
  @MethodSource
  void shouldReplaceNoSharedFunction(Path script) {
    assertThat(functions(script)).contains("fill").doesNotContainAnyElementsOf(functions(SHARED));
  }

  static List<Path> shouldReplaceNoSharedFunction() throws IOException {
    try (Stream<Path> files = Files.walk(TESTS)) {
      List<Path> scripts =
          files
              .filter(file -> file.getFileName().toString().matches("provision(-.+)?\\.sh"))
              .sorted()
              .toList();
      assertThat(scripts).hasSizeGreaterThan(1).doesNotContain(SHARED);
      return scripts;
    }
  }

  /** Else all that they have in common is compiled again: minutes of CPU. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "consumers/argocd-diff/go.mod",
        "tools/gitops/go.mod",
        "tools/helm/go.mod",
      })
  void shouldRequireTheLibrariesOfKubernetesInItsVersions(String module) {
    Set<String> ofKubernetes = Set.copyOf(libraries(TESTS.resolve("cluster/kubernetes/go.mod")));
    assertThat(libraries(TESTS.resolve(module))).isNotEmpty().isSubsetOf(ofKubernetes);
  }

  private static List<String> libraries(Path module) {
    return found(LIBRARY, module);
  }

  private static List<String> functions(Path script) {
    return found(FUNCTION, script);
  }

  private static List<String> found(Pattern pattern, Path file) {
    try {
      return pattern
          .matcher(Files.readString(file))
          .results()
          .map((MatchResult found) -> found.group(1))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
