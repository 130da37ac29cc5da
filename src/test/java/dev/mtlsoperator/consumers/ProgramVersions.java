package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The versions of programs, as each of them tells. */
public final class ProgramVersions {
  private static final Path ANYWHERE = Path.of("/");

  private ProgramVersions() {}

  static String openssl(Consumer openssl) {
    return openssl.run(ANYWHERE, "version").orThrow().output().split(" ", 3)[1];
  }

  static String gnutls(Consumer certtool) {
    return certtool
        .run(ANYWHERE, "--version")
        .orThrow()
        .output()
        .lines()
        .findFirst()
        .orElseThrow()
        .split(" ", 2)[1];
  }

  static String go(Consumer go) {
    return go.run(ANYWHERE, "env", "GOVERSION").orThrow().output().strip().substring(2);
  }

  /** Of a crate, as the lock file of a program of ours in Rust has it. */
  static String ofCrate(Path program, String name) throws IOException {
    List<String> lines = Files.readAllLines(program.resolve("Cargo.lock"));
    int at = lines.indexOf("name = \"" + name + "\"");
    return pinned(lines.subList(at, lines.size()), "version = \"(.*)\"");
  }

  /** Of a package of Python that is pinned. */
  static String ofRequirement(Path requirements, String name) throws IOException {
    return pinned(Files.readAllLines(requirements), name + "==(\\S+).*");
  }

  /** Of a Go module that is pinned. */
  public static String ofModule(Path program, String name) throws IOException {
    return pinned(
        Files.readAllLines(program.resolve("go.mod")),
        "(?:require)?\\s+\\S*/" + name + " v(\\S+)(?: // indirect)?");
  }

  private static String pinned(List<String> lines, String form) {
    Pattern pattern = Pattern.compile(form);
    return lines.stream()
        .map(pattern::matcher)
        .filter(Matcher::matches)
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow();
  }

  /** Of a Debian package, whose programs tell none. */
  static String ofPackage(String name) {
    return new Consumer(Path.of("/usr/bin/dpkg-query"))
        .run(ANYWHERE, "-W", "-f", "${Version}", name)
        .orThrow()
        .output();
  }
}
