package dev.mtlsoperator.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine;

/** What a run of {@code issue} printed. */
record IssueRun(int exitCode, String out, String err) {
  /** Issues resources into the folder {@code out} at a time. */
  static IssueRun of(Path folder, Instant now, String... yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("resources.yaml"), String.join("", yaml));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand(Clock.fixed(now, ZoneOffset.UTC)))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute("-f", file.toString(), "-o", folder.resolve("out").toString());
    return new IssueRun(exitCode, out.toString(), err.toString());
  }

  /** Every file below a folder, by its path. */
  static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file :
          walk.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
        all.put(
            folder.relativize(file).toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return all;
  }
}
