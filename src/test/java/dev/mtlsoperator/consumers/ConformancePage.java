package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code docs/conformance.md}: what programs of others said of what we issue. Each test that asks
 * one of them requires that its row is there; {@code -Pregenerate} writes it.
 */
public final class ConformancePage {
  private static final Path PAGE = Path.of("docs", "conformance.md");

  private ConformancePage() {}

  /**
   * Requires a row in the table of a section.
   *
   * @param cells what follows from what we issue, the program first
   * @param measured what also depends on the machine, such as the version: the page tells it as of
   *     when the row was written
   */
  public static synchronized void requireRow(String section, List<String> cells, String... measured)
      throws IOException {
    String row = "| " + String.join(" | ", cells) + " | ";
    List<String> lines = new ArrayList<>(Files.readAllLines(PAGE));
    int end = end(lines, section);
    if (Boolean.getBoolean("crds.update")) {
      int at = find(lines, section, "| " + cells.get(0) + " | ");
      String whole = row + String.join(" | ", measured) + " |";
      if (at < 0) {
        lines.add(end, whole);
      } else if (!lines.get(at).startsWith(row)) {
        lines.set(at, whole);
      }
      Files.write(PAGE, lines);
    }

    assertThat(find(lines, section, row))
        .as(
            "%s, \"%s\" lacks this row: mvn -q -Pregenerate test -Dtest=<this test>\n%s",
            PAGE, section, row)
        .isNotNegative();
  }

  private static int find(List<String> lines, String section, String start) {
    for (int i = end(lines, section) - 1; lines.get(i).startsWith("| "); i--) {
      if (lines.get(i).startsWith(start)) {
        return i;
      }
    }
    return -1;
  }

  /** The line after the table of a section. */
  private static int end(List<String> lines, String section) {
    int i = lines.indexOf("## " + section) + 1;
    assertThat(i).as("section '%s' of %s", section, PAGE).isPositive();
    while (!lines.get(i).startsWith("|")) {
      i++;
    }
    while (i < lines.size() && lines.get(i).startsWith("|")) {
      i++;
    }
    return i;
  }
}
