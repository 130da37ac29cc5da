package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What Flux, Argo CD and Helm see in a resource, by the libraries that they use themselves. */
public final class GitOpsTools {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  private GitOpsTools(Path folder) {
    this.folder = folder;
  }

  /** Built by the first caller, then from the cache. */
  public static GitOpsTools provision() {
    return new GitOpsTools(Consumer.provision("src/test/tools/provision-gitops.sh").program());
  }

  /** A verdict and its words. */
  public record Verdict(String status, String message) {}

  /** The CustomResourceDefinitions of Argo CD and Flux. */
  public Path crds() {
    return folder.resolve("crds");
  }

  /**
   * What kstatus says.
   *
   * @param list as {@code kubectl get -o json} prints it
   * @return by {@code Kind/name}
   */
  public Map<String, Verdict> kstatus(String list) {
    return verdicts(list, "kstatus");
  }

  /** What a health script says in Argo CD's Lua interpreter, by {@code Kind/name}. */
  public Map<String, Verdict> health(Path script, String list) {
    return verdicts(list, "health", script.toAbsolutePath().toString());
  }

  private Map<String, Verdict> verdicts(String list, String... arguments) {
    try {
      Path input = Files.createTempFile("gitops", ".json");
      Files.writeString(input, list);
      Consumer.Run run =
          new Consumer(folder.resolve("gitops")).runWithInput(folder, input, arguments).orThrow();
      Files.delete(input);
      Map<String, Verdict> verdicts = new TreeMap<>();
      for (String line : run.output().lines().toList()) {
        JsonNode verdict = JSON.readTree(line);
        verdicts.put(
            verdict.get("kind").asText() + "/" + verdict.get("name").asText(),
            new Verdict(verdict.get("status").asText(), verdict.get("message").asText()));
      }
      assertThat(verdicts).as("verdicts on %s", list).isNotEmpty();
      return verdicts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
