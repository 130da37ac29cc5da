package dev.mtlsoperator.consumers;

import java.nio.file.Path;

/** The PKCS#12 files of a client, and the file with the password of both. */
record KeystoreFiles(Path keystore, Path truststore, Path password) {
  /** As the entries of a ClientCert's Secret are named. */
  static KeystoreFiles ofSecret(Path folder) {
    return new KeystoreFiles(
        folder.resolve("keystore.p12"),
        folder.resolve("truststore.p12"),
        folder.resolve("keystore.password"));
  }

  /** As the offline program names them. */
  static KeystoreFiles ofFolder(Path folder) {
    return new KeystoreFiles(
        folder.resolve("client.p12"),
        folder.resolve("truststore.p12"),
        folder.resolve("client.password"));
  }
}
