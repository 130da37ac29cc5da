package dev.mtlsoperator.cli;

import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.rotation.Finding;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.SortedMap;

/** A leaf, and what a run writes into its folder. */
final class PlannedLeaf {
  private final LeafFolder folder;
  private final X509Certificate certificate;
  private final Advisory advisory;
  private final Optional<Change> change;

  private record Change(Finding why, SortedMap<String, byte[]> files) {}

  private PlannedLeaf(
      LeafFolder folder, X509Certificate certificate, Advisory advisory, Optional<Change> change) {
    this.folder = folder;
    this.certificate = certificate;
    this.advisory = advisory;
    this.change = change;
  }

  /** A leaf whose files stay as they are. */
  static PlannedLeaf kept(LeafFolder folder, X509Certificate certificate, Advisory advisory) {
    return new PlannedLeaf(folder, certificate, advisory, Optional.empty());
  }

  /**
   * A leaf whose files are written.
   *
   * @param certificate in service then
   * @param advisory who will refuse it
   */
  static PlannedLeaf changed(
      LeafFolder folder,
      X509Certificate certificate,
      Advisory advisory,
      Finding why,
      SortedMap<String, byte[]> files) {
    return new PlannedLeaf(folder, certificate, advisory, Optional.of(new Change(why, files)));
  }

  IssuedLine write() throws IOException {
    if (change.isPresent()) {
      folder.replace(change.get().files());
    }
    return new IssuedLine(
        folder.leaf(),
        change.map(it -> "issued (" + it.why().reason() + ")").orElse("kept"),
        folder.path(),
        certificate,
        advisory);
  }
}
