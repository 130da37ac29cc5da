package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.secret.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A leaf, and what a run writes into its folder. */
final class PlannedLeaf {
  private final LeafFolder folder;
  private final Optional<X509Certificate> certificate;
  private final Advisory advisory;
  private final String what;
  private final Optional<SortedMap<String, byte[]>> files;

  private PlannedLeaf(
      LeafFolder folder,
      Optional<X509Certificate> certificate,
      Advisory advisory,
      String what,
      Optional<SortedMap<String, byte[]>> files) {
    this.folder = folder;
    this.certificate = certificate;
    this.advisory = advisory;
    this.what = what;
    this.files = files;
  }

  /** A leaf whose files stay as they are. */
  static PlannedLeaf kept(LeafFolder folder, X509Certificate certificate, Advisory advisory) {
    return new PlannedLeaf(folder, Optional.of(certificate), advisory, "kept", Optional.empty());
  }

  /**
   * A leaf whose files are written.
   *
   * @param certificate in service then
   * @param advisory who will refuse it
   * @param what is done, such as {@code issued}
   */
  static PlannedLeaf changed(
      LeafFolder folder,
      X509Certificate certificate,
      Advisory advisory,
      String what,
      SortedMap<String, byte[]> files) {
    return new PlannedLeaf(folder, Optional.of(certificate), advisory, what, Optional.of(files));
  }

  /**
   * A leaf that is taken out of service: its files are deleted. The notes stay, which hold its
   * history.
   *
   * @param issued its unexpired certificates
   */
  static PlannedLeaf revoked(LeafFolder folder, StoredLeaf stored, List<IssuedCertificate> issued)
      throws IOException {
    Optional<OfflineNotes> notes = stored.notes();
    if (notes.isEmpty() || stored.isEmptied()) {
      String what = notes.isEmpty() ? "revoked, none was issued here" : "kept, revoked";
      return new PlannedLeaf(folder, Optional.empty(), Advisory.none(), what, Optional.empty());
    }
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put(OfflineNotes.FILE, notes.get().with(files, issued).toFile());
    return new PlannedLeaf(
        folder,
        Optional.empty(),
        Advisory.none(),
        "revoked (" + issued.size() + " unexpired)",
        Optional.of(files));
  }

  /**
   * The same leaf with these CRLs in its folder; every other file stays as it is, to the byte.
   *
   * @param crl empty: there is to be none
   * @param issued its unexpired certificates
   */
  PlannedLeaf with(Optional<String> crl, StoredLeaf stored, List<IssuedCertificate> issued)
      throws IOException {
    if (stored.text(Keys.CA_CRL).equals(crl)) {
      return this;
    }
    SortedMap<String, byte[]> changed = stored.files();
    String name = folder.fileName(Keys.CA_CRL);
    changed.remove(name);
    crl.ifPresent(text -> changed.put(name, text.getBytes(StandardCharsets.UTF_8)));
    OfflineNotes notes = stored.notes().orElseThrow();
    changed.put(OfflineNotes.FILE, notes.with(changed, issued).toFile());
    return new PlannedLeaf(
        folder,
        certificate,
        advisory,
        what + ", " + name + (crl.isPresent() ? " written" : " removed"),
        Optional.of(changed));
  }

  IssuedLine write() throws IOException {
    if (files.isPresent()) {
      folder.replace(files.get());
    }
    return new IssuedLine(folder.leaf(), what, folder.path(), certificate, advisory);
  }
}
