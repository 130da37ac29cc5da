package dev.mtlsoperator.cli;

import dev.mtlsoperator.secret.Seal;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The key of digests that depend on a password, kept in the output folder; as in the cluster. */
final class OfflineSeal {
  private static final String FILE = "seal";
  private static final int BYTES = 32;

  private final AtomicDirectory folder;
  private final byte[] key;
  private final Stored stored;

  private enum Stored {
    YES,
    NOT_YET
  }

  private OfflineSeal(AtomicDirectory folder, byte[] key, Stored stored) {
    this.folder = folder;
    this.key = key;
    this.stored = stored;
  }

  /** The existing key, or a new one that is not written yet. */
  static OfflineSeal read(Path output) throws IOException {
    AtomicDirectory folder = new AtomicDirectory(output, ".mtls-operator");
    return Optional.ofNullable(folder.read().get(FILE))
        .filter(key -> key.length >= BYTES)
        .map(key -> new OfflineSeal(folder, key, Stored.YES))
        .orElseGet(() -> new OfflineSeal(folder, random(), Stored.NOT_YET));
  }

  private static byte[] random() {
    byte[] key = new byte[BYTES];
    new SecureRandom().nextBytes(key);
    return key;
  }

  Seal seal() {
    return new Seal(key);
  }

  /** Writes it, if it is new. */
  void write() throws IOException {
    if (stored == Stored.NOT_YET) {
      folder.replace(Map.of(FILE, key), Set.of());
    }
  }
}
