package dev.mtlsoperator.secret;

import dev.mtlsoperator.pki.encoding.SuppliedFile;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Base64;
import java.util.Optional;

/** Reads the values of a ConfigMap, from {@code data} or {@code binaryData}. */
public final class ConfigMapData {
  private ConfigMapData() {}

  /** One value; empty if it is absent. Kubernetes allows no key in both. */
  public static Optional<SuppliedFile> file(ConfigMap map, String key) {
    if (map.getData() != null && map.getData().get(key) != null) {
      return Optional.of(SuppliedFile.of(map.getData().get(key)));
    }
    return Optional.ofNullable(map.getBinaryData())
        .map(data -> data.get(key))
        .flatMap(ConfigMapData::decode)
        .map(SuppliedFile::of);
  }

  private static Optional<byte[]> decode(String value) {
    try {
      return Optional.of(Base64.getDecoder().decode(value));
    } catch (IllegalArgumentException e) {
      // the API server takes only base64; in a file it may be anything
      return Optional.empty();
    }
  }
}
