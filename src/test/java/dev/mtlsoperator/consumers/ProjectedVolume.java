package dev.mtlsoperator.consumers;

import dev.mtlsoperator.harness.SwappedLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * A volume as kubelet has it: links to the files in {@code ..data}, which is a link to the folder
 * of a version, and is swapped.
 */
record ProjectedVolume(Path folder) {
  /** Some programs refuse a key that others can read. */
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-------");

  /** The link; missing before the first version. */
  Path data() {
    return folder.resolve("..data");
  }

  /** Shows other files, all at once. The folder of the version before stays. */
  void show(String version, Map<String, byte[]> files) throws IOException {
    Path name = Path.of("..v" + version);
    Path next = Files.createDirectories(folder.resolve(name));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path written = Files.write(next.resolve(file.getKey()), file.getValue());
      Files.setPosixFilePermissions(written, MODE);
      Path link = folder.resolve(file.getKey());
      if (!Files.isSymbolicLink(link)) {
        Files.createSymbolicLink(link, Path.of("..data", file.getKey()));
      }
    }
    SwappedLink.point(data(), name);
  }
}
