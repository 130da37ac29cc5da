package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.revocation.Crl;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Collects the PEM files of an export, and the lines that name them. */
final class PemExport {
  private final Identity identity;
  private final Path folder;
  private final SortedMap<String, byte[]> files = new TreeMap<>();
  private final List<String> lines = new ArrayList<>();

  PemExport(Identity identity, Path folder) {
    this.identity = identity;
    this.folder = folder;
  }

  /** The certificate and those that are sent after it. */
  PemExport chain(String name) {
    return text(name, Pem.write(identity.chain()));
  }

  PemExport key(String name) {
    return text(name, identity.key().revealPem(PrivateKeyFormat.PKCS8));
  }

  /** The CAs whose certificates are accepted. */
  PemExport trust(String name) {
    return text(name, Pem.write(identity.trust()));
  }

  /** The CRLs of these CAs, if there are any, and until when they count. */
  PemExport revocations(String name) {
    identity
        .revocationsEnd()
        .ifPresent(
            end -> {
              text(
                  name,
                  identity.revocations().stream().map(Crl::pem).collect(Collectors.joining()));
              line(
                  "# every client is refused once a CRL in %s has expired, on "
                      + end
                      + ": export again before",
                  name);
            });
    return this;
  }

  /** A line that is needed only if there are CRLs. */
  PemExport crlLine(String form, String... names) {
    return identity.revocations().isEmpty() ? this : line(form, names);
  }

  PemExport certificate(String name, X509Certificate certificate) {
    return text(name, Pem.write(certificate));
  }

  PemExport text(String name, String content) {
    return bytes(name, content.getBytes(StandardCharsets.UTF_8));
  }

  PemExport bytes(String name, byte[] content) {
    files.put(name, content);
    return this;
  }

  /** A line in which {@code %s} stands for the paths of these files. */
  PemExport line(String form, String... names) {
    lines.add(String.format(Locale.ROOT, form, paths(names)));
    return this;
  }

  /** A line that ends with all files so far, after the folder if it is made for them. */
  PemExport lineOfAll(String beginning) {
    // one that was there has other files, and belongs to somebody
    String own = Files.exists(folder) ? "" : " " + folder;
    String all =
        files.keySet().stream().map(name -> " " + path(name)).collect(Collectors.joining());
    lines.add(beginning + own + all);
    return this;
  }

  private Object[] paths(String... names) {
    return List.of(names).stream().map(this::path).toArray();
  }

  /** Where a file will be. */
  String path(String name) {
    return folder.resolve(name).toString();
  }

  Export build() {
    return new Export(files, lines);
  }
}
