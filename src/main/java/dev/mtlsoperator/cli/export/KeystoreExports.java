package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import java.nio.file.Path;

/** Files of programs on the JVM and of browsers. */
final class KeystoreExports {
  private static final String KEYSTORE = "keystore.p12";
  private static final String TRUSTSTORE = "truststore.p12";
  private static final String PASSWORD = "keystore.password";
  private static final String OPTIONS = "java.options";
  private static final String CERTIFICATE = "tls.crt";
  private static final String KEY = "tls.key";
  private static final String TRUST = "ca.crt";

  private KeystoreExports() {}

  static Export java(Identity identity, Path folder) {
    PasswordedStores stores = keystores(identity, Pkcs12.Encryption.MODERN);
    PemExport export =
        new PemExport(identity, folder)
            .bytes(KEYSTORE, stores.keystore())
            .bytes(TRUSTSTORE, stores.truststore())
            .text(PASSWORD, stores.password().reveal());
    // on a command line, others would see the password
    String quoted = stores.password().reveal().replace("\\", "\\\\").replace("\"", "\\\"");
    return export
        .text(
            OPTIONS,
            """
            -Djavax.net.ssl.keyStore=%s
            -Djavax.net.ssl.keyStoreType=PKCS12
            "-Djavax.net.ssl.keyStorePassword=%s"
            -Djavax.net.ssl.trustStore=%s
            -Djavax.net.ssl.trustStoreType=PKCS12
            "-Djavax.net.ssl.trustStorePassword=%s"
            """
                .formatted(export.path(KEYSTORE), quoted, export.path(TRUSTSTORE), quoted))
        .line("java @%s -jar PROGRAM", OPTIONS)
        .build();
  }

  static Export spring(Identity identity, Path folder) {
    PemExport export = new PemExport(identity, folder).chain(CERTIFICATE).key(KEY).trust(TRUST);
    String server =
        identity.isFor(Usage.SERVER) ? "server.ssl.bundle=mtls\nserver.ssl.client-auth=need\n" : "";
    return export
        .text(
            "mtls.properties",
            """
            spring.ssl.bundle.pem.mtls.reload-on-update=true
            spring.ssl.bundle.pem.mtls.keystore.certificate=file:%s
            spring.ssl.bundle.pem.mtls.keystore.private-key=file:%s
            spring.ssl.bundle.pem.mtls.truststore.certificate=file:%s
            """
                    .formatted(export.path(CERTIFICATE), export.path(KEY), export.path(TRUST))
                + server)
        .line("spring.config.import=file:%s", "mtls.properties")
        .line("# the SSL bundle is 'mtls'")
        .build();
  }

  static Export browser(Identity identity, Path folder) {
    // macOS and phones of some years answer the modern one with "wrong password"
    PasswordedStores stores = keystores(identity, Pkcs12.Encryption.LEGACY);
    PemExport export =
        new PemExport(identity, folder)
            .bytes("client.p12", stores.keystore())
            .text("client.password", stores.password().reveal())
            .line(
                "pk12util -d sql:$HOME/.pki/nssdb -i %s -w %s   # Chromium on Linux; elsewhere import the file in the settings",
                "client.p12", "client.password");
    // one file each: certutil and the dialogs of browsers read only the first
    for (int i = 0; i < identity.trust().size(); i++) {
      String root = i == 0 ? "root.crt" : "root-" + (i + 1) + ".crt";
      export
          .certificate(root, identity.trust().get(i))
          .line(
              "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n '"
                  + identity.name().name()
                  + " root "
                  + (i + 1)
                  + "' -i %s",
              root);
    }
    return export.build();
  }

  // those that were issued, or else some with a password of their own
  private static PasswordedStores keystores(Identity identity, Pkcs12.Encryption encryption) {
    return identity
        .keystores()
        .orElseGet(
            () -> {
              Password password = Password.generate();
              return new PasswordedStores(
                  Pkcs12.keystore(
                      identity.key(),
                      identity.chain(),
                      identity.name().name(),
                      password,
                      encryption),
                  Pkcs12.truststore(identity.trust(), password, encryption),
                  password);
            });
  }
}
