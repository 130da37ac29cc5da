package dev.mtlsoperator.consumers;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code docs/conformance.md}: what programs of others said of what we issue, a table in each
 * section.
 */
record ConformancePage(List<String> lines) {
  private static final String SECTION = "## ";

  ConformancePage {
    lines = List.copyOf(lines);
  }

  /** Whether it is the only row of its name. */
  boolean has(ConformanceRow row) {
    List<String> all =
        IntStream.range(0, lines.size())
            .filter(i -> isRow(i) && section(i).equals(row.section()) && name(i).equals(row.name()))
            .mapToObj(lines::get)
            .toList();
    return all.size() == 1 && row.matches(all.get(0));
  }

  /** In the place of the row of the same name, or else at the end of the section's table. */
  ConformancePage with(ConformanceRow row) {
    List<String> all = new ArrayList<>(lines);
    int end = end(row.section());
    int at = end - 1;
    while (isRow(at) && !name(at).equals(row.name())) {
      at--;
    }
    if (isRow(at)) {
      all.set(at, row.line());
    } else {
      all.add(end, row.line());
    }
    return new ConformancePage(all);
  }

  /** The section and the name of each row, in their order. */
  List<String> names() {
    return IntStream.range(0, lines.size())
        .filter(this::isRow)
        .mapToObj(i -> section(i) + ": " + name(i))
        .toList();
  }

  /** Not the head of a table, nor the line under it. */
  private boolean isRow(int i) {
    return i > 1
        && lines.get(i).startsWith("|")
        && lines.get(i - 1).startsWith("|")
        && !lines.get(i).startsWith("|---");
  }

  private String name(int i) {
    return lines.get(i).split("\\|", 3)[1].strip();
  }

  private String section(int i) {
    int at = i;
    while (at > 0 && !lines.get(at).startsWith(SECTION)) {
      at--;
    }
    return lines.get(at).replaceFirst(SECTION, "");
  }

  /** The line after the table of a section. */
  private int end(String section) {
    int i = lines.indexOf(SECTION + section);
    if (i < 0) {
      throw new IllegalArgumentException("there is no section " + section);
    }
    while (!lines.get(i).startsWith("|")) {
      i++;
    }
    while (i < lines.size() && lines.get(i).startsWith("|")) {
      i++;
    }
    return i;
  }
}
