package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An image as {@code docker save} writes one, unpacked layer by layer.
 *
 * @param root its file system
 * @param config what is said of it: user, entry point, ports
 */
public record UnpackedImage(Path root, JsonNode config) {

  /** Unpacks into a folder, which must be empty; keeps owners where root does it. */
  public static UnpackedImage of(Path tar, Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Path image = Files.createDirectory(folder.resolve("image"));
    Path root = Files.createDirectory(folder.resolve("root"));
    untar(tar, image);
    JsonNode manifest = json.readTree(image.resolve("manifest.json").toFile()).get(0);
    for (JsonNode layer : manifest.get("Layers")) {
      untar(image.resolve(layer.asText()), root);
    }
    return new UnpackedImage(
        root, json.readTree(image.resolve(manifest.get("Config").asText()).toFile()));
  }

  private static void untar(Path archive, Path folder) {
    Consumer.Run run =
        Consumer.require("tar", "apt-get install tar")
            .run(
                folder,
                "--extract",
                "--preserve-permissions",
                "--no-same-owner",
                "--file",
                archive.toAbsolutePath().toString());
    assertThat(run.exitCode()).as(run.output()).isZero();
  }
}
