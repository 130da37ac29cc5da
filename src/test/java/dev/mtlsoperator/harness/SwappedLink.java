package dev.mtlsoperator.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A link to a folder that is replaced at once, as kubelet replaces {@code ..data}. */
public final class SwappedLink {
  private SwappedLink() {}

  /**
   * Creates the link, or lets it point to another folder; it is never missing meanwhile.
   *
   * @param target as it stands in the link; a relative one begins at the folder of the link
   */
  public static void point(Path link, Path target) throws IOException {
    Path next = link.resolveSibling(link.getFileName() + "_tmp");
    Files.createSymbolicLink(next, target);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
