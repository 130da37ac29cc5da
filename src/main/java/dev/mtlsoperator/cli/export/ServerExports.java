package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import java.nio.file.Path;

/** Files of programs that serve, and ask their clients for a certificate. */
final class ServerExports {
  private static final String CERTIFICATE = "server.crt";
  private static final String KEY = "server.key";
  private static final String CLIENT_CA = "client-ca.crt";
  private static final String CLIENT_CRL = "client-ca.crl";

  private ServerExports() {}

  private static PemExport pem(Identity identity, Path folder) {
    return new PemExport(identity, folder).chain(CERTIFICATE).key(KEY).trust(CLIENT_CA);
  }

  static Export nginx(Identity identity, Path folder) {
    // by default it admits clients with one intermediate; no path of ours is longer than this
    return pem(identity, folder)
        .line("ssl_certificate %s; ssl_certificate_key %s;", CERTIFICATE, KEY)
        .line("ssl_client_certificate %s; ssl_verify_client on; ssl_verify_depth 5;", CLIENT_CA)
        .crlLine("ssl_crl %s;", CLIENT_CRL)
        .revocations(CLIENT_CRL)
        .build();
  }

  static Export haproxy(Identity identity, Path folder) {
    PemExport export =
        new PemExport(identity, folder)
            .text(
                "server.pem",
                Pem.write(identity.chain()) + identity.key().revealPem(PrivateKeyFormat.PKCS8))
            .trust(CLIENT_CA);
    return (identity.revocations().isEmpty()
            ? export.line(
                "bind :443 ssl crt %s ca-file %s verify required", "server.pem", CLIENT_CA)
            : export.line(
                "bind :443 ssl crt %s ca-file %s crl-file %s verify required",
                "server.pem", CLIENT_CA, CLIENT_CRL))
        .revocations(CLIENT_CRL)
        .build();
  }

  static Export envoy(Identity identity, Path folder) {
    PemExport export = pem(identity, folder);
    return export
        .text(
            "transport-socket.yaml",
            """
            transport_socket:
              name: envoy.transport_sockets.tls
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                require_client_certificate: true
                common_tls_context:
                  tls_certificates:
                    - certificate_chain: {filename: "%s"}
                      private_key: {filename: "%s"}
                  validation_context:
                    trusted_ca: {filename: "%s"}
            """
                    .formatted(export.path(CERTIFICATE), export.path(KEY), export.path(CLIENT_CA))
                + (identity.revocations().isEmpty()
                    ? ""
                    : "        crl: {filename: \"%s\"}\n".formatted(export.path(CLIENT_CRL))))
        .line("# below an entry of filter_chains: %s", "transport-socket.yaml")
        .revocations(CLIENT_CRL)
        .build();
  }

  /** Consoles want the key as OpenSSL wrote it before PKCS#8, where the algorithm has that form. */
  static Export gatewayPaste(Identity identity, Path folder) {
    PrivateKeyFormat form =
        identity.key().parameters().algorithm() == KeyType.ED25519
            ? PrivateKeyFormat.PKCS8
            : PrivateKeyFormat.PKCS1;
    return new PemExport(identity, folder)
        .chain("certificate.pem")
        .text("private-key.pem", identity.key().revealPem(form))
        .trust("client-ca.pem")
        .line("# certificate content: %s, private key: %s", "certificate.pem", "private-key.pem")
        .line("# CA certificate for mutual authentication: %s", "client-ca.pem")
        .build();
  }

  static Export postgres(Identity identity, Path folder) {
    return new PemExport(identity, folder)
        .chain(CERTIFICATE)
        .key(KEY)
        .trust("root.crt")
        .line(
            "# postgresql.conf: ssl = on, ssl_cert_file = '%s', ssl_key_file = '%s', ssl_ca_file = '%s'",
            CERTIFICATE, KEY, "root.crt")
        .crlLine("# and ssl_crl_file = '%s'", "root.crl")
        .revocations("root.crl")
        .line("# pg_hba.conf: hostssl all all all cert")
        .lineOfAll("# as root, so that the server can read them: chown postgres")
        .build();
  }
}
