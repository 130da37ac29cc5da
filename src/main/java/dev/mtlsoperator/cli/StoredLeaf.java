package dev.mtlsoperator.cli;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.secret.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The files of a leaf as an earlier run left them, or none. */
final class StoredLeaf {
  private final SortedMap<String, byte[]> files;
  private final LeafFolder folder;

  StoredLeaf(SortedMap<String, byte[]> files, LeafFolder folder) {
    this.files = files;
    this.folder = folder;
  }

  /** The files in the form in which the rules see a Secret in the cluster. */
  SecretState state() throws IOException {
    byte[] file = files.get(OfflineNotes.FILE);
    if (file == null) {
      return new SecretState.Absent();
    }
    OfflineNotes notes = OfflineNotes.parse(file);
    boolean intact = OfflineNotes.digest(files).equals(notes.digest());
    return new SecretState.Managed(
        intact ? Integrity.AS_REPORTED : Integrity.TAMPERED,
        certificates().stream().findFirst(),
        notes.revision(),
        1,
        text(Keys.CA_CRT).orElse(""),
        notes.additional(),
        Collections.emptySortedSet(),
        notes.sources(),
        notes.layout(),
        true,
        notes.renew(),
        Optional.empty(),
        "");
  }

  /** The certificates that are sent after that of the leaf. */
  List<X509Certificate> intermediates() {
    return certificates().stream().skip(1).toList();
  }

  Optional<KeyMaterial> key() {
    return text(Keys.TLS_KEY).map(KeyMaterial::fromPem);
  }

  /** The password of the keystores, if it was generated. */
  Optional<Password> generatedPassword() {
    return text(Keys.KEYSTORE_PASSWORD).map(Password::of);
  }

  private List<X509Certificate> certificates() {
    try {
      return text(Keys.TLS_CRT).map(Pem::readCertificates).orElseGet(List::of);
    } catch (PkiException e) {
      return List.of();
    }
  }

  private Optional<String> text(String key) {
    return Optional.ofNullable(files.get(folder.fileName(key)))
        .map(content -> new String(content, StandardCharsets.UTF_8));
  }
}
