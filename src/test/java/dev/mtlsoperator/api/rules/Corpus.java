package dev.mtlsoperator.api.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Valid and invalid manifests. An invalid one starts with comments that say what a person must see:
 * {@code # kubectl: …} from {@code kubectl apply}, {@code # offline: …} without a cluster (left
 * out: the same).
 */
public final class Corpus {
  private static final Path FOLDER = Path.of("src", "test", "resources", "corpus");

  /** {@code ${5*x}} stands for xxxxx, so that no file has to be long. */
  private static final Pattern REPEATED = Pattern.compile("\\$\\{([0-9]+)\\*(.)}");

  /** One file; an invalid one has at least one expected message for each reader. */
  public record Manifest(String name, String text, List<String> kubectl, List<String> offline) {
    @Override
    public String toString() {
      return name;
    }
  }

  private Corpus() {}

  public static List<Manifest> valid() {
    return read("valid");
  }

  static List<Manifest> invalid() {
    return read("invalid");
  }

  private static List<Manifest> read(String folder) {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files.sorted().map(Corpus::manifest).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Manifest manifest(Path file) {
    try {
      String text = Files.readString(file);
      List<String> kubectl = comments(text, "# kubectl: ");
      List<String> offline = comments(text, "# offline: ");
      String expanded =
          REPEATED
              .matcher(text)
              .replaceAll(
                  match ->
                      Matcher.quoteReplacement(
                          match.group(2).repeat(Integer.parseInt(match.group(1)))));
      return new Manifest(
          file.getFileName().toString(), expanded, kubectl, offline.isEmpty() ? kubectl : offline);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> comments(String text, String start) {
    return text.lines()
        .takeWhile(line -> line.startsWith("#"))
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .toList();
  }
}
