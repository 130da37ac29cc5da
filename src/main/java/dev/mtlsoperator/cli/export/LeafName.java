package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.cli.UserError;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Which certificate is wanted, as {@code kubectl} names it: {@code servercert/web}. */
record LeafName(LeafKind kind, String namespace, String name) {
  private static final Map<String, LeafKind> KINDS =
      Map.of(
          "servercert", LeafKind.ServerCert,
          "servercerts", LeafKind.ServerCert,
          "clientcert", LeafKind.ClientCert,
          "clientcerts", LeafKind.ClientCert);

  /**
   * Reads {@code <kind>/<name>}.
   *
   * @throws UserError if it is anything else
   */
  static LeafName parse(String text, String namespace) {
    List<String> parts = List.of(text.split("/", -1));
    LeafKind kind = KINDS.get(parts.get(0).toLowerCase(Locale.ROOT));
    if (parts.size() != 2 || kind == null || !isName(parts.get(1))) {
      throw new UserError(
          "'"
              + text
              + "' names no certificate: write servercert/NAME or clientcert/NAME; the bundle of a RootCA is in each of its certificates, and in the ConfigMap NAME-trust");
    }
    if (!isName(namespace)) {
      throw new UserError("'" + namespace + "' is no namespace");
    }
    return new LeafName(kind, namespace, parts.get(1));
  }

  // as the API server demands of both; a path would lead out of a folder
  private static boolean isName(String name) {
    return name.matches("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
  }

  /** The kind in lower case. */
  String resource() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return resource() + "/" + name;
  }
}
