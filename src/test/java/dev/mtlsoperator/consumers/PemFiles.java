package dev.mtlsoperator.consumers;

import java.nio.file.Path;

/** Files of one identity: its certificate, its private key, and the CA that its holder trusts. */
public record PemFiles(Path certificate, Path key, Path ca) {
  /** As the entries of a {@code kubernetes.io/tls} Secret are named. */
  public static PemFiles ofSecret(Path folder) {
    return new PemFiles(
        folder.resolve("tls.crt"), folder.resolve("tls.key"), folder.resolve("ca.crt"));
  }

  /** As the offline program names them: {@code name.crt}, {@code name.key}, {@code root.crt}. */
  static PemFiles ofFolder(Path folder, String name) {
    return new PemFiles(
        folder.resolve(name + ".crt"), folder.resolve(name + ".key"), folder.resolve("root.crt"));
  }
}
