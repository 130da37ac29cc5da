package dev.mtlsoperator.cli.export;

import java.nio.file.Path;

/** Files of programs that dial, and read PEM. */
final class ClientExports {
  private static final String ROOT = "root.crt";

  private ClientExports() {}

  static Export curl(Identity identity, Path folder) {
    return new PemExport(identity, folder)
        .chain("client.crt")
        .key("client.key")
        .trust(ROOT)
        .line("curl --cacert %s --cert %s --key %s https://HOST/", ROOT, "client.crt", "client.key")
        .build();
  }

  /** The common name is the name of the role, unless pg_ident.conf maps it. */
  static Export postgres(Identity identity, Path folder) {
    return new PemExport(identity, folder)
        .chain("postgresql.crt")
        .key("postgresql.key")
        .trust(ROOT)
        .line(
            "psql \"host=HOST sslmode=verify-full sslcert=%s sslkey=%s sslrootcert=%s\"",
            "postgresql.crt", "postgresql.key", ROOT)
        .build();
  }
}
