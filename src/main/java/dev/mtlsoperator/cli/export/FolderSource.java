package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.cli.UserError;
import dev.mtlsoperator.secret.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The folder that {@code mtls-operator issue} wrote. */
final class FolderSource implements IdentitySource {
  /** In bytes; {@code issue} writes no larger files. */
  private static final long LARGEST = 4L * 1024 * 1024;

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
    String stem = name.kind().usage() == Usage.CLIENT ? "client" : "server";
    Map<String, String> names =
        Map.of(
            Keys.TLS_CRT, stem + ".crt",
            Keys.TLS_KEY, stem + ".key",
            Keys.CA_CRT, "root.crt",
            Keys.KEYSTORE, stem + ".p12",
            Keys.TRUSTSTORE, Keys.TRUSTSTORE,
            Keys.KEYSTORE_PASSWORD, stem + ".password");
    Map<String, byte[]> files = new HashMap<>();
    for (Map.Entry<String, String> file : names.entrySet()) {
      Path path = folder.resolve(file.getValue());
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) > LARGEST) {
        throw new UserError(path + " is no file that `mtls-operator issue` wrote");
      }
      files.put(file.getKey(), Files.readAllBytes(path));
    }
    return new IdentityFiles(name, folder.toString(), key -> names.getOrDefault(key, key), files)
        .read();
  }
}
