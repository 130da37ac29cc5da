package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.Api;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which Secrets and ConfigMaps may be read as somebody's input. */
public final class InputConsent {
  /** What must never be read, whatever labels it carries. */
  private static final Set<String> REFUSED_TYPES =
      Set.of(
          Keys.TYPE_CA,
          Keys.TYPE_SEAL,
          "kubernetes.io/service-account-token",
          "bootstrap.kubernetes.io/token");

  private InputConsent() {}

  /**
   * What is missing, in words, for a value that cannot be read: the same ones, whether it is not
   * there or its owner did not consent.
   *
   * @param kind Secret or ConfigMap
   */
  public static String needed(String kind, String name, String key) {
    return "a "
        + kind
        + " '"
        + name
        + "' with the key '"
        + key
        + "' and the label "
        + Api.INPUT_LABEL
        + "=true is needed";
  }

  /** Whether the owner agreed by the label, and it is nothing that somebody else relies on. */
  public static boolean given(Secret secret) {
    return SecretData.label(secret, Api.INPUT_LABEL).equals(Optional.of("true"))
        && !REFUSED_TYPES.contains(String.valueOf(secret.getType()))
        && SecretData.label(secret, Keys.KIND_LABEL).isEmpty();
  }

  /** Whether the owner agreed by the label. */
  public static boolean given(ConfigMap map) {
    Map<String, String> labels = map.getMetadata().getLabels();
    return labels != null && "true".equals(labels.get(Api.INPUT_LABEL));
  }
}
