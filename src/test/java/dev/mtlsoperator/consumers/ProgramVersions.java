package dev.mtlsoperator.consumers;

import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The versions of programs, as each of them tells, or as the repository pins them. */
public final class ProgramVersions {
  private static final Path ANYWHERE = Path.of("/");

  private ProgramVersions() {}

  static Cell openssl(Consumer openssl) {
    return Cell.measured(openssl.run(ANYWHERE, "version").orThrow().output().split(" ", 3)[1]);
  }

  static Cell gnutls(Consumer certtool) {
    return printed(certtool, "--version", "\\S+ ([0-9.]+)");
  }

  static Cell go(Consumer go) {
    return Cell.measured(
        go.run(ANYWHERE, "env", "GOVERSION").orThrow().output().strip().substring(2));
  }

  /** Of the Java that runs this. */
  public static Cell java() {
    return Cell.measured(System.getProperty("java.version"));
  }

  /**
   * Of a program that prints it among other things.
   *
   * @param form of the version and what is around it, with one group
   */
  static Cell printed(Consumer program, String option, String form) {
    String output = program.run(ANYWHERE, option).orThrow().output();
    Matcher version = Pattern.compile(form).matcher(output);
    if (!version.find()) {
      throw new IllegalStateException("no " + form + " in: " + output);
    }
    return Cell.measured(version.group(1));
  }

  /** Of a crate, as the lock file of a program of ours in Rust has it. */
  static Cell ofCrate(Path program, String name) throws IOException {
    List<String> lines = Files.readAllLines(program.resolve("Cargo.lock"));
    int at = lines.indexOf("name = \"" + name + "\"");
    return pinned(lines.subList(at, lines.size()), "version = \"(.*)\"");
  }

  /** Of a package of Python that is pinned. */
  static Cell ofRequirement(Path requirements, String name) throws IOException {
    return pinned(Files.readAllLines(requirements), name + "==(\\S+).*");
  }

  /** Of a Go module that is pinned. */
  public static Cell ofModule(Path program, String name) throws IOException {
    return pinned(
        Files.readAllLines(program.resolve("go.mod")),
        "(?:require)?\\s+\\S*/" + name + " v(\\S+)(?: // indirect)?");
  }

  private static Cell pinned(List<String> lines, String form) {
    Pattern pattern = Pattern.compile(form);
    return lines.stream()
        .map(pattern::matcher)
        .filter(Matcher::matches)
        .map(found -> Cell.fixed(found.group(1)))
        .findFirst()
        .orElseThrow();
  }

  /** Of a Debian package, whose programs tell none. */
  static Cell ofPackage(String name) {
    return Cell.measured(
        new Consumer(Path.of("/usr/bin/dpkg-query"))
            .run(ANYWHERE, "-W", "-f", "${Version}", name)
            .orThrow()
            .output());
  }
}
