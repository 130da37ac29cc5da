package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A database of NSS with certificates and keys, as Firefox and Chromium have one. */
final class NssDatabase {
  private final Path folder;

  private NssDatabase(Path folder) {
    this.folder = folder;
  }

  /** An empty one, without a password. */
  static NssDatabase create(Path folder) {
    try {
      NssDatabase made = new NssDatabase(Files.createDirectories(folder));
      made.run("certutil", "-N", "--empty-password");
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the options of NSS's programs name it. */
  String location() {
    return "sql:" + folder;
  }

  /**
   * Adds a CA.
   *
   * @param flags of {@code certutil -t}: for what it is trusted
   * @param certificate in PEM or DER
   */
  NssDatabase trust(String name, String flags, Path certificate) {
    run("certutil", "-A", "-n", name, "-t", flags, "-i", certificate.toString());
    return this;
  }

  /** Adds a certificate with its key, from PKCS#12. */
  NssDatabase add(Path keystore, Path password) {
    run("pk12util", "-i", keystore.toString(), "-w", password.toString());
    return this;
  }

  /** Adds a CRL, in DER, of a CA that it has. */
  NssDatabase crl(Path crl) {
    run("crlutil", "-I", "-i", crl.toString());
    return this;
  }

  private void run(String program, String... arguments) {
    Consumer.require(program, "apt-get install libnss3-tools")
        .run(
            folder,
            Stream.concat(Stream.of(arguments), Stream.of("-d", location())).toArray(String[]::new))
        .orThrow();
  }
}
