package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests run the pages' commands by bash; people may have another shell. */
@Tag("programs")
@Tag("once")
final class ShellBlocksTest {
  @TempDir private Path folder;

  @Test
  void shouldBeSyntaxOfAnyShell() throws IOException {
    Consumer dash = Consumer.require("dash", "apt-get install dash");
    int blocks = 0;
    for (Path page : pages()) {
      for (String block : Page.read(page).blocks("sh")) {
        Path script = Files.writeString(folder.resolve("block.sh"), block);
        Consumer.Run run = dash.run(folder, "-n", script.toString());
        assertThat(run.exitCode()).as("%s: %s%n%s", page, run.output(), block).isZero();
        blocks++;
      }
    }
    assertThat(blocks).isGreaterThan(50);
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
    for (String root : List.of("docs", "examples", "helm")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    return pages;
  }
}
