package dev.mtlsoperator.cli.export;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of one consumer, and what to do with them.
 *
 * @param files by the names under which people know them
 * @param lines what the consumer reads or the user runs; they name the files by their paths, and
 *     hold no secret
 */
record Export(SortedMap<String, byte[]> files, List<String> lines) {
  Export {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    lines = List.copyOf(lines);
  }

  @Override
  public String toString() {
    return "Export" + files.keySet();
  }
}
