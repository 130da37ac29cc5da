package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.api.CAName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the CRL of a CA's generation is served: {@code /<namespace>/<name>/<generation>.crl}.
 *
 * @param generation 1 or more
 */
record CrlPath(CAName ca, int generation) {
  /** Names of Namespaces are DNS labels (RFC 1123), those of RootCAs are DNS subdomains. */
  private static final Pattern FORM =
      Pattern.compile(
          "/([a-z0-9-]{1,63})/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)/([1-9][0-9]{0,8})\\.crl");

  /** Reads a path as it was sent; empty if it is not of that form. */
  static Optional<CrlPath> parse(String path) {
    Matcher parts = FORM.matcher(path);
    return parts.matches()
        ? Optional.of(
            new CrlPath(
                new CAName(parts.group(1), parts.group(2)), Integer.parseInt(parts.group(3))))
        : Optional.empty();
  }
}
