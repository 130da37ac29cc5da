package dev.mtlsoperator.cli.manifest;

import dev.mtlsoperator.api.rules.MetadataRules;
import dev.mtlsoperator.api.rules.Violation;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts together what a Secret holds, as the API server does. */
final class SecretContent {
  private SecretContent() {}

  /** The Secret with {@code stringData} in its {@code data}; no message quotes a value. */
  static Converted<Secret> merged(Secret secret) {
    List<Violation> wrong = new ArrayList<>(MetadataRules.of(secret.getMetadata()));
    Map<String, String> data = new HashMap<>();
    secret
        .getData()
        .forEach(
            (key, value) -> {
              // lines may be folded
              String base64 = value.replaceAll("\\s", "");
              data.put(key, base64);
              if (!isBase64(base64)) {
                wrong.add(
                    new Violation("data." + key, "is not base64: use stringData for plain text"));
              }
            });
    secret
        .getStringData()
        .forEach(
            (key, value) ->
                data.put(
                    key,
                    Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    return Converted.unless(
        wrong,
        new SecretBuilder(secret).withData(data).withStringData(Map.<String, String>of()).build());
  }

  private static boolean isBase64(String value) {
    try {
      return value.length() % 4 == 0 && Base64.getDecoder().decode(value) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
