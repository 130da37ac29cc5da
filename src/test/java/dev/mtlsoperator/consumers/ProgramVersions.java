package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The versions of programs, as each of them tells. */
final class ProgramVersions {
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
    String version = lines.get(lines.indexOf("name = \"" + name + "\"") + 1);
    return version.replaceFirst("^version = \"(.*)\"$", "$1");
  }

  /** Of a Debian package, whose programs tell none. */
  static String ofPackage(String name) {
    return new Consumer(Path.of("/usr/bin/dpkg-query"))
        .run(ANYWHERE, "-W", "-f", "${Version}", name)
        .orThrow()
        .output();
  }
}
