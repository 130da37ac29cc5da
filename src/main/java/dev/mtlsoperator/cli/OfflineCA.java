package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * A CA as {@code root.crt} and {@code root.key} in a folder. Its key is written once. The key of an
 * imported CA is never written.
 */
final class OfflineCA {
  static final String CERTIFICATE = "root.crt";

  /**
   * File with the name of the Secret from which a CA was imported, whose key is not stored here.
   */
  private static final String IMPORTED_FROM = ".imported-from";

  private static final String KEY = "root.key";

  private OfflineCA() {}

  static AtomicDirectory folder(Path output, RootCA resource) {
    return folder(output, CAName.of(resource));
  }

  static AtomicDirectory folder(Path output, CAName ca) {
    return new AtomicDirectory(output, ca.namespace(), "rootca", ca.name());
  }

  /**
   * Reads the CA in the folder.
   *
   * @return empty when there is none
   * @throws UserError when the files cannot be used; they are not touched
   */
  static Optional<SigningCA> read(AtomicDirectory folder, Instant now) throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    if (files.isEmpty()) {
      return Optional.empty();
    }
    byte[] certificate = files.get(CERTIFICATE);
    byte[] key = files.get(KEY);
    if (key == null && files.containsKey(IMPORTED_FROM)) {
      throw new UserError(
          folder.path()
              + " holds the certificate of a CA that was imported, and no key: its RootCA with spec.import, and the Secret, have to be among the files");
    }
    if (certificate == null || key == null) {
      throw new UserError(
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
        throw new UserError(
            folder.path()
                + ": the CA expired on "
                + ca.certificate().getNotAfter().toInstant()
                + "; move the folder away to have a new one");
      }
      return Optional.of(SigningCA.root(ca));
    } catch (PkiException e) {
      throw new UserError(
          folder.path()
              + " holds no usable CA: "
              + e.getMessage()
              + "; restore it from a backup, or move the folder away to have a new one");
    }
  }

  /** Makes a new CA, which is not written yet. */
  static SigningCA create(RootCA resource, Instant now) {
    return SigningCA.root(Issuance.rootCA(CertificateTemplate.of(resource), now));
  }

  /** Writes a new CA with its key. */
  static void write(AtomicDirectory folder, SigningCA created) throws IOException {
    CertificateAuthority ca = created.authority();
    folder.replace(
        Map.of(
            CERTIFICATE, Pem.write(ca.certificate()).getBytes(StandardCharsets.UTF_8),
            KEY, ca.key().revealPem(PrivateKeyFormat.PKCS8).getBytes(StandardCharsets.UTF_8)),
        Set.of(CERTIFICATE));
  }

  /**
   * Checks that an imported CA may replace the CA in use.
   *
   * @throws UserError when verifiers that trust the one in use do not accept the imported one
   */
  static void checkImport(AtomicDirectory folder, CaPath path) throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    if (files.isEmpty()) {
      return;
    }
    X509Certificate inService = root(folder, files);
    if (!path.isVerifiedBy(CaPath.root(inService))) {
      throw new UserError(
          folder.path()
              + ": the CA in use is below "
              + name(inService)
              + " ("
              + Fingerprint.of(inService)
              + "), and clients that trust it refuse the one to import, below "
              + name(path.anchor())
              + " ("
              + Fingerprint.of(path.anchor())
              + "); editing a RootCA does not replace a CA in use unless clients that trust the old root also accept the new one: undo the edit, or give the RootCA another name, or distribute the new root first and move the folder away");
    }
  }

  private static X509Certificate root(AtomicDirectory folder, SortedMap<String, byte[]> files) {
    byte[] pem = files.get(CERTIFICATE);
    if (pem == null) {
      throw new UserError(
          folder.path()
              + " holds no "
              + CERTIFICATE
              + " and is left alone: move it away, or choose another output folder");
    }
    try {
      return Pem.readCertificates(new String(pem, StandardCharsets.UTF_8)).get(0);
    } catch (PkiException e) {
      throw new UserError(
          folder.path()
              + " holds no usable "
              + CERTIFICATE
              + ": "
              + e.getMessage()
              + "; move the folder away");
    }
  }

  /**
   * Writes the root certificate of an imported CA, and no key.
   *
   * @return whether there was anything to write
   */
  static boolean publish(AtomicDirectory folder, CaPath path, String secretName)
      throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    Map<String, byte[]> wanted =
        Map.of(
            CERTIFICATE, Pem.write(path.anchor()).getBytes(StandardCharsets.UTF_8),
            IMPORTED_FROM, (secretName + "\n").getBytes(StandardCharsets.UTF_8));
    // an existing key is never touched
    boolean current =
        files.containsKey(KEY)
            || (files.keySet().equals(wanted.keySet())
                && files.entrySet().stream()
                    .allMatch(file -> Arrays.equals(file.getValue(), wanted.get(file.getKey()))));
    if (!current) {
      folder.replace(wanted, wanted.keySet());
    }
    return !current;
  }

  private static String name(X509Certificate certificate) {
    return "'" + DistinguishedName.of(certificate) + "'";
  }
}
