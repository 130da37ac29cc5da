package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a program of somebody else said, as a row of {@code docs/conformance.md}. The test that
 * asked it requires that the page has the row; {@code -Pregenerate} writes it.
 *
 * @param name what the row is about, its first cell
 */
public record ConformanceRow(String section, String name, List<Cell> cells) {
  static final Path PAGE = Path.of("docs", "conformance.md");

  /** The names of the rows that tests required, from all JVMs of one build. */
  static final Path REQUIRED =
      Path.of(
          "target",
          "conformance-rows-" + System.getProperty("conformance.build", "of-no-build") + ".txt");

  /** Where several JVMs write the page. */
  private static final Path LOCK = Path.of("target", "conformance.lock");

  /**
   * What a cell has to be.
   *
   * @param text as it is now
   * @param form of what the page may have instead
   */
  public record Cell(String text, String form) {
    /** It follows from what we issue, or is pinned. */
    static Cell fixed(String text) {
      return new Cell(text, Pattern.quote(text));
    }

    /** It also depends on the machine: the page has it as of when it was written. */
    static Cell measured(String text) {
      return new Cell(text, "\\d\\S*");
    }
  }

  public ConformanceRow {
    cells = List.copyOf(cells);
  }

  public static ConformanceRow of(String section, String name) {
    return new ConformanceRow(section, name, List.of());
  }

  public ConformanceRow says(String... texts) {
    return with(Arrays.stream(texts).map(Cell::fixed).toArray(Cell[]::new));
  }

  public ConformanceRow measured(int... counts) {
    return with(
        Arrays.stream(counts)
            .mapToObj(count -> Cell.measured(Integer.toString(count)))
            .toArray(Cell[]::new));
  }

  public ConformanceRow with(Cell... more) {
    return new ConformanceRow(
        section, name, Stream.concat(cells.stream(), Arrays.stream(more)).toList());
  }

  String line() {
    return cells.stream()
        .map(Cell::text)
        .collect(Collectors.joining(" | ", "| " + name + " | ", " |"));
  }

  boolean matches(String line) {
    return cells.stream()
        .map(Cell::form)
        .collect(Collectors.joining(" \\| ", Pattern.quote("| " + name + " | "), " \\|"))
        .transform(form -> Pattern.matches(form, line));
  }

  /** Requires that the page has it. */
  public void require() throws IOException {
    Files.createDirectories(REQUIRED.getParent());
    Files.writeString(
        REQUIRED,
        section + ": " + name + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    if (Boolean.getBoolean("crds.update")) {
      write(this);
    }

    assertThat(new ConformancePage(Files.readAllLines(PAGE)).has(this))
        .as(
            "%s, \"%s\" has this row; -Pregenerate with this test writes it:\n%s",
            PAGE, section, line())
        .isTrue();
  }

  // a lock of the file is that of all threads
  private static synchronized void write(ConformanceRow row) throws IOException {
    try (FileChannel channel =
            FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      Files.write(PAGE, new ConformancePage(Files.readAllLines(PAGE)).with(row).lines());
    }
  }
}
