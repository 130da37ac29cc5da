package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.secret.Keys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;

/** The folder of a leaf, whose files have the names that users of OpenSSL know. */
final class LeafFolder {
  private final String leaf;
  private final LeafFileNames names;
  private final AtomicDirectory folder;

  LeafFolder(LeafCert<?> resource, Path output) {
    this.leaf = OfflineIssuer.describe(resource);
    this.names = LeafFileNames.of(resource.leafKind());
    this.folder =
        new AtomicDirectory(
            output,
            resource.getMetadata().getNamespace(),
            resource.getKind().toLowerCase(Locale.ROOT),
            resource.getMetadata().getName());
  }

  /** Kind, namespace and name of the leaf. */
  String leaf() {
    return leaf;
  }

  Path path() {
    return folder.path();
  }

  /**
   * Requires that this program wrote the folder, or that there is none.
   *
   * @throws UserError otherwise
   */
  void requireOwn() throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    if (!files.isEmpty() && !files.containsKey(OfflineNotes.FILE)) {
      throw new UserError(
          folder.path()
              + " was not written by this program and is left alone: move it away, or choose another output folder");
    }
  }

  /** Reads the files in the folder. */
  StoredLeaf read() throws IOException {
    return new StoredLeaf(folder.read(), this);
  }

  /** Replaces all files in the folder. */
  void replace(SortedMap<String, byte[]> files) throws IOException {
    folder.replace(
        files,
        Set.of(
            fileName(Keys.TLS_CRT),
            fileName(Keys.CA_CRT),
            fileName(Keys.CA_CRL),
            OfflineNotes.FILE));
  }

  /** The file with the content of one key of a Secret. */
  String fileName(String key) {
    return names.name(key);
  }
}
