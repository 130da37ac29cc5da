package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The Javas of this machine. */
public final class InstalledJava {
  private static final Path INSTALLED = Path.of("/usr/lib/jvm");

  private InstalledJava() {}

  /** Homes: of the one that runs this, and of those of the distribution. */
  public static List<Path> homes() {
    List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    if (Files.isDirectory(INSTALLED)) {
      try (Stream<Path> others = Files.list(INSTALLED)) {
        others.sorted().forEach(homes::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return List.copyOf(homes);
  }

  /** Home of a JDK of the newest Java that we run on, the image's; or the end of the test. */
  public static Path requireNewest() {
    Optional<Path> newest = homes().stream().filter(InstalledJava::isNewest).findFirst();
    Consumer.require(newest.isPresent(), "a JDK 25 is not installed in " + INSTALLED);
    return newest.orElseThrow();
  }

  private static boolean isNewest(Path home) {
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
