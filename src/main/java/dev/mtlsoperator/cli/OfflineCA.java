package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.cli.revocation.StoredCrl;
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
import java.util.TreeMap;

/**
 * A CA as {@code root.crt}, {@code root.key} and, if it publishes one, {@code root.crl} in a
 * folder. Its key never changes. The key of an imported CA is never written.
 */
final class OfflineCA {
  static final String CERTIFICATE = "root.crt";

  /**
   * File with the name of the Secret from which a CA was imported, whose key is not stored here.
   */
  private static final String IMPORTED_FROM = ".imported-from";

  private static final String KEY = "root.key";

  /** Everybody may read them. */
  private static final Set<String> OPEN =
      Set.of(CERTIFICATE, IMPORTED_FROM, StoredCrl.FILE, StoredCrl.RECORD);

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

  /**
   * Writes a new CA with its key.
   *
   * @param crl files of its CRL, if it publishes one
   */
  static void write(AtomicDirectory folder, SigningCA created, Map<String, byte[]> crl)
      throws IOException {
    CertificateAuthority ca = created.authority();
    Map<String, byte[]> files = new TreeMap<>(crl);
    files.put(CERTIFICATE, utf8(Pem.write(ca.certificate())));
    files.put(KEY, utf8(ca.key().revealPem(PrivateKeyFormat.PKCS8)));
    folder.replace(files, OPEN);
  }

  /** Adds or replaces files of a CA that is there; all others stay. */
  static void add(AtomicDirectory folder, Map<String, byte[]> files) throws IOException {
    if (!files.isEmpty()) {
      SortedMap<String, byte[]> all = folder.read();
      all.putAll(files);
      folder.replace(all, OPEN);
    }
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
   * Writes the root certificate of an imported CA, and no key; a CRL that is there stays.
   *
   * @param crl files of its CRL, if a new one is to be written
   * @return whether the root certificate was written
   */
  static boolean publish(
      AtomicDirectory folder, CaPath path, String secretName, Map<String, byte[]> crl)
      throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    // an existing key is never touched
    if (files.containsKey(KEY)) {
      add(folder, crl);
      return false;
    }
    SortedMap<String, byte[]> wanted = new TreeMap<>(files);
    wanted.keySet().retainAll(Set.of(StoredCrl.FILE, StoredCrl.RECORD));
    wanted.put(CERTIFICATE, utf8(Pem.write(path.anchor())));
    wanted.put(IMPORTED_FROM, utf8(secretName + "\n"));
    boolean current = holds(files, wanted);
    if (!current || !crl.isEmpty()) {
      wanted.putAll(crl);
      folder.replace(wanted, OPEN);
    }
    return !current;
  }

  /** Whether the folder has a CRL. */
  static boolean hasCrl(AtomicDirectory folder) throws IOException {
    return folder.read().containsKey(StoredCrl.FILE);
  }

  private static boolean holds(SortedMap<String, byte[]> files, SortedMap<String, byte[]> wanted) {
    return files.keySet().equals(wanted.keySet())
        && files.entrySet().stream()
            .allMatch(file -> Arrays.equals(file.getValue(), wanted.get(file.getKey())));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String name(X509Certificate certificate) {
    return "'" + DistinguishedName.of(certificate) + "'";
  }
}
