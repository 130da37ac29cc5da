package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.cli.LeafFileNames;
import dev.mtlsoperator.cli.UserError;
import dev.mtlsoperator.secret.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The folder that {@code mtls-operator issue} wrote. */
final class FolderSource implements IdentitySource {
  /** In bytes; {@code issue} writes no larger files. */
  private static final long LARGEST = 4L * 1024 * 1024;

  private static final List<String> KEYS =
      List.of(
          Keys.TLS_CRT,
          Keys.TLS_KEY,
          Keys.CA_CRT,
          Keys.CA_CRL,
          Keys.KEYSTORE,
          Keys.TRUSTSTORE,
          Keys.KEYSTORE_PASSWORD);

  private final Path output;

  FolderSource(Path output) {
    this.output = output;
  }

  @Override
  public Identity read(LeafName name) throws IOException {
    Path folder = output.resolve(name.namespace()).resolve(name.resource()).resolve(name.name());
    if (!Files.isDirectory(folder)) {
      throw new UserError(
          folder
              + " does not exist: --from wants the folder that `mtls-operator issue -o` wrote, -n the namespace");
    }
    LeafFileNames names = LeafFileNames.of(name.kind());
    Map<String, byte[]> files = new HashMap<>();
    for (String key : KEYS) {
      Path path = folder.resolve(names.name(key));
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) > LARGEST) {
        throw new UserError(path + " is no file that `mtls-operator issue` wrote");
      }
      files.put(key, Files.readAllBytes(path));
    }
    return new IdentityFiles(name, folder.toString(), names::name, files).read();
  }
}
