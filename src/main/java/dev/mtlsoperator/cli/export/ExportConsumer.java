package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.cli.UserError;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The programs whose files are known. */
enum ExportConsumer {
  NGINX("ssl_* directives of a server", Usage.SERVER),
  HAPROXY("a bind line", Usage.SERVER),
  ENVOY("a transport socket of a listener", Usage.SERVER),
  GATEWAY_PASTE("text to paste into the console of a gateway", Usage.SERVER),
  POSTGRES("a PostgreSQL server, or psql with a ClientCert"),
  JAVA("keystore and truststore for javax.net.ssl"),
  SPRING("an SSL bundle of Spring Boot"),
  BROWSER("a keystore to import", Usage.CLIENT),
  CURL("options of curl", Usage.CLIENT);

  private final String description;
  private final @Nullable Usage needed;

  ExportConsumer(String description, @Nullable Usage needed) {
    this.description = description;
    this.needed = needed;
  }

  ExportConsumer(String description) {
    this(description, null);
  }

  /** The name on the command line. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it gets, in a few words. */
  String description() {
    return description;
  }

  /**
   * Reads a name from the command line.
   *
   * @throws UserError if there is no such consumer
   */
  static ExportConsumer parse(String id) {
    return Arrays.stream(values())
        .filter(consumer -> consumer.id().equals(id.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "--for "
                        + id
                        + " is not known: write one of "
                        + String.join(", ", ids())
                        + "; for others, `kubectl get secret` has PEM files as most programs read them"));
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(ExportConsumer::id).toList();
  }

  /**
   * What it needs of a certificate.
   *
   * @param folder where the files will be
   * @throws UserError if the certificate is not for this consumer
   */
  Export export(Identity identity, Path folder) {
    if (needed != null && !identity.isFor(needed)) {
      throw new UserError(
          identity.name()
              + " is no certificate of a "
              + needed.name().toLowerCase(Locale.ROOT)
              + ", which --for "
              + id()
              + " needs: name a "
              + (needed == Usage.SERVER ? "ServerCert" : "ClientCert")
              + ", or add the usage to spec.usages");
    }
    if (identity.trust().isEmpty()) {
      throw new UserError(
          identity.name()
              + " trusts no CA, and programs refuse an empty file: its CAs are missing, or distrusted");
    }
    return switch (this) {
      case NGINX -> ServerExports.nginx(identity, folder);
      case HAPROXY -> ServerExports.haproxy(identity, folder);
      case ENVOY -> ServerExports.envoy(identity, folder);
      case GATEWAY_PASTE -> ServerExports.gatewayPaste(identity, folder);
      case POSTGRES -> postgres(identity, folder);
      case JAVA -> KeystoreExports.java(identity, folder);
      case SPRING -> KeystoreExports.spring(identity, folder);
      case BROWSER -> KeystoreExports.browser(identity, folder);
      case CURL -> ClientExports.curl(identity, folder);
    };
  }

  private static Export postgres(Identity identity, Path folder) {
    return identity.isFor(Usage.SERVER)
        ? ServerExports.postgres(identity, folder)
        : ClientExports.postgres(identity, folder);
  }
}
