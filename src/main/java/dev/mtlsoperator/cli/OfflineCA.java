package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.KeyEncoding;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.Blueprint;
import dev.mtlsoperator.rotation.Issuance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** A CA as {@code root.crt} and {@code root.key} in a folder. Its key is written once. */
final class OfflineCA {
  static final String CERTIFICATE = "root.crt";
  private static final String KEY = "root.key";

  private OfflineCA() {}

  static Folder folder(Path output, String namespace, String name) {
    return new Folder(output, namespace, "rootca", name);
  }

  /**
   * The CA that is there.
   *
   * @return empty when there is none
   * @throws Mistake when what is there cannot be used; it is not touched
   */
  static Optional<CertificateAuthority> read(Folder folder, Instant now) throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    if (files.isEmpty()) {
      return Optional.empty();
    }
    byte[] certificate = files.get(CERTIFICATE);
    byte[] key = files.get(KEY);
    if (certificate == null || key == null) {
      throw new Mistake(
          folder.path()
              + " holds no "
              + (key == null ? KEY : CERTIFICATE)
              + ": restore it from a backup, or move the folder away to have a new CA");
    }
    try {
      CertificateAuthority ca =
          CertificateAuthority.of(
              Pem.readCertificates(new String(certificate, StandardCharsets.UTF_8)).get(0),
              KeyMaterial.fromPem(new String(key, StandardCharsets.UTF_8)));
      if (!now.isBefore(ca.certificate().getNotAfter().toInstant())) {
        throw new Mistake(
            folder.path()
                + ": the CA expired on "
                + ca.certificate().getNotAfter().toInstant()
                + "; move the folder away to have a new one");
      }
      return Optional.of(ca);
    } catch (PkiException e) {
      throw new Mistake(
          folder.path()
              + " holds no usable CA: "
              + e.getMessage()
              + "; restore it from a backup, or move the folder away to have a new one");
    }
  }

  /** Makes a new one where none is. */
  static CertificateAuthority create(Folder folder, RootCA resource, Instant now)
      throws IOException {
    CertificateAuthority ca = Issuance.rootCA(Blueprint.of(resource), now);
    folder.replace(
        Map.of(
            CERTIFICATE, Pem.write(ca.certificate()).getBytes(StandardCharsets.UTF_8),
            KEY, ca.key().revealPem(KeyEncoding.PKCS8).getBytes(StandardCharsets.UTF_8)),
        Set.of(CERTIFICATE));
    return ca;
  }
}
