package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.cli.FreshFiles;
import dev.mtlsoperator.cli.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The folder that an export goes to. Files have mode 0600, and each is there as a whole or not at
 * all; what else is in the folder stays.
 */
final class ExportFolder {
  private final Path path;

  /**
   * @throws UserError if its path has characters that one program or another reads as syntax: the
   *     lines of an export hold it
   */
  ExportFolder(Path path) {
    this.path = path.toAbsolutePath().normalize();
    if (!this.path.toString().codePoints().allMatch(ExportFolder::isPlain)) {
      throw new UserError(
          "-o "
              + this.path.toString().replaceAll("\\p{Cntrl}", "?")
              + ": name a folder whose path has only letters of ASCII, digits and . _ - + @ /, for programs quote others in different ways");
    }
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._-+@/".indexOf(c) >= 0;
  }

  Path path() {
    return path;
  }

  /** Names of those files that are there already, whatever they are. */
  List<String> existing(Set<String> names) {
    return names.stream()
        .filter(name -> Files.exists(path.resolve(name), LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** Writes all files beside their places first, so that a full disk changes nothing. */
  void write(SortedMap<String, byte[]> files) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new UserError(path + " is not a folder: name another one by -o");
    }
    if (!Files.exists(path)) {
      Path above = path.getParent();
      if (above != null) {
        Files.createDirectories(above);
      }
      FreshFiles.createFolder(path);
    }
    SortedMap<String, Path> written = new TreeMap<>();
    try {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Path fresh = path.resolve("." + file.getKey() + "." + UUID.randomUUID());
        written.put(file.getKey(), fresh);
        FreshFiles.writePrivate(fresh, file.getValue());
      }
      for (Map.Entry<String, Path> file : written.entrySet()) {
        // a link is replaced, not followed
        Files.move(file.getValue(), path.resolve(file.getKey()), StandardCopyOption.ATOMIC_MOVE);
      }
    } finally {
      for (Path left : written.values()) {
        Files.deleteIfExists(left);
      }
    }
  }
}
