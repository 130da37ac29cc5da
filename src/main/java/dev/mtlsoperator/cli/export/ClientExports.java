package dev.mtlsoperator.cli.export;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Files of programs that dial, and read PEM. */
final class ClientExports {
  private static final String ROOT = "root.crt";
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._@-]+");

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
    Optional<String> role = identity.firstCommonName().filter(PLAIN.asMatchPredicate());
    PemExport export = new PemExport(identity, folder);
    if (role.isEmpty()) {
      // psql and the shell quote others, each in its way
      export.line("# with user=, the common name of the certificate, in quotes if need be:");
    }
    return export
        .chain("postgresql.crt")
        .key("postgresql.key")
        .trust(ROOT)
        .line(
            "psql \"host=HOST"
                + role.map(" user="::concat).orElse("")
                + " sslmode=verify-full sslcert=%s sslkey=%s sslrootcert=%s\"",
            "postgresql.crt",
            "postgresql.key",
            ROOT)
        .build();
  }
}
