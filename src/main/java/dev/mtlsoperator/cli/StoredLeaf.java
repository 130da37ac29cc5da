package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.cli.revocation.IssuedNote;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;
import dev.mtlsoperator.secret.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** The files of a leaf as an earlier run left them, or none. */
final class StoredLeaf {
  private final SortedMap<String, byte[]> files;
  private final LeafFolder folder;

  StoredLeaf(SortedMap<String, byte[]> files, LeafFolder folder) {
    this.files = files;
    this.folder = folder;
  }

  /** All files. */
  SortedMap<String, byte[]> files() {
    return new TreeMap<>(files);
  }

  /** The notes; empty if there is no folder. */
  Optional<OfflineNotes> notes() throws IOException {
    byte[] file = files.get(OfflineNotes.FILE);
    return file == null ? Optional.empty() : Optional.of(OfflineNotes.parse(file));
  }

  /** Whether only the notes are there, because the leaf was revoked. */
  boolean isEmptied() throws IOException {
    return files.size() == 1 && isIntact();
  }

  /** Whether the files are as they were written. */
  boolean isIntact() throws IOException {
    return notes().filter(notes -> OfflineNotes.digest(files).equals(notes.digest())).isPresent();
  }

  /** The files in the form in which the rules see a Secret in the cluster. */
  SecretState state() throws IOException {
    Optional<OfflineNotes> found = notes();
    // in the cluster the Secret of a revoked leaf is deleted
    if (found.isEmpty() || isEmptied()) {
      return new SecretState.Absent();
    }
    OfflineNotes notes = found.get();
    boolean intact = isIntact();
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

  /**
   * The unexpired certificates that were issued for the leaf: those in the notes, and the one in
   * the folder, which is all that notes of an earlier release tell of.
   *
   * @param signer tells which RootCA signed a certificate
   * @throws UserError if the notes do not tell them
   */
  List<IssuedCertificate> issued(Function<X509Certificate, CAName> signer, Instant now)
      throws IOException {
    String noted = notes().map(OfflineNotes::issued).orElse("");
    // what somebody put there was not issued for the leaf
    List<X509Certificate> own = isIntact() ? certificates() : List.of();
    if (noted.isEmpty() && own.isEmpty() && notes().isPresent() && !isEmptied()) {
      throw forgotten();
    }
    try {
      return IssuedCertificates.with(
          IssuedNote.parse(noted),
          own.stream().limit(1).map(c -> IssuedNote.of(c, signer.apply(c))),
          now);
    } catch (IllegalArgumentException e) {
      throw forgotten();
    }
  }

  /**
   * Requires that its notes can be read, if there are any.
   *
   * @throws UserError otherwise
   */
  void requireHistory() throws IOException {
    // all that were written count from 1
    if (notes().filter(notes -> notes.revision() == 0).isPresent()) {
      throw forgotten();
    }
  }

  private UserError forgotten() {
    return new UserError(
        folder.path().resolve(OfflineNotes.FILE)
            + " does not tell which certificates were issued: restore it from a backup; or name their serial numbers in spec.revocation.serialNumbers of the RootCA, and move the folder away");
  }

  /** The CRLs next to its trusted certificates, as they were written. */
  List<Crl> revocations() throws IOException {
    Optional<String> held = isIntact() ? text(Keys.CA_CRL) : Optional.empty();
    try {
      return held.map(SuppliedFile::of).map(Crl::parseAll).orElse(List.of());
    } catch (PkiException e) {
      throw new UserError(
          folder.path().resolve(folder.fileName(Keys.CA_CRL))
              + " cannot be read: "
              + e.getMessage()
              + "; remove it to have all files of the folder issued again");
    }
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

  /** The file with the content of one key of a Secret. */
  Optional<String> text(String key) {
    return Optional.ofNullable(files.get(folder.fileName(key)))
        .map(content -> new String(content, StandardCharsets.UTF_8));
  }
}
