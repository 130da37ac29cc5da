package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The newest Java that we run on: the one of the image. */
public final class NewestJava {
  private static final Path INSTALLED = Path.of("/usr/lib/jvm");

  private NewestJava() {}

  /** Its home, or the end of the test, as with {@link Consumer#require}. */
  public static Path require() {
    Optional<Path> found = homes().filter(NewestJava::isIt).findFirst();
    String message = "a JDK 25 is not installed in " + INSTALLED;
    assertThat(found.isPresent() || !"required".equals(System.getProperty("consumers")))
        .as(message)
        .isTrue();
    Assumptions.assumeTrue(found.isPresent(), message);
    return found.orElseThrow();
  }

  private static Stream<Path> homes() {
    Stream<Path> running = Stream.of(Path.of(System.getProperty("java.home")));
    if (!Files.isDirectory(INSTALLED)) {
      return running;
    }
    try (Stream<Path> others = Files.list(INSTALLED)) {
      List<Path> sorted = others.sorted().toList();
      return Stream.concat(running, sorted.stream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isIt(Path home) {
    Path release = home.resolve("release");
    try {
      return Files.isRegularFile(release)
          && Files.readString(release).contains("JAVA_VERSION=\"25")
          && Files.isExecutable(home.resolve("bin/javac"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
