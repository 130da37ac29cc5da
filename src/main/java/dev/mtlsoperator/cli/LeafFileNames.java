package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.cli.revocation.StoredCrl;
import dev.mtlsoperator.secret.Keys;

/** The names that users of OpenSSL know, of the files that {@code issue} writes for a leaf. */
public final class LeafFileNames {
  private final String stem;

  private LeafFileNames(String stem) {
    this.stem = stem;
  }

  /** Those of a server, or of a client. */
  public static LeafFileNames of(LeafKind kind) {
    return new LeafFileNames(kind.usage() == Usage.CLIENT ? "client" : "server");
  }

  /** The file with the content of one key of a Secret. */
  public String name(String key) {
    return switch (key) {
      case Keys.TLS_CRT -> stem + ".crt";
      case Keys.TLS_KEY -> stem + ".key";
      case Keys.CA_CRT -> OfflineCA.CERTIFICATE;
      case Keys.CA_CRL -> StoredCrl.FILE;
      case Keys.KEYSTORE -> stem + ".p12";
      case Keys.KEYSTORE_PASSWORD -> stem + ".password";
      case Keys.COMBINED_PEM -> stem + "-combined.pem";
      case Keys.KEY_DER -> stem + ".der";
      default -> key;
    };
  }
}
