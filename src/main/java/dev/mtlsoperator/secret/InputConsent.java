package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.Api;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides which Secrets and ConfigMaps the operator may read as input: their owner must consent by
 * a label.
 */
public final class InputConsent {
  /** Types that are never read, whatever their labels. */
  private static final Set<String> REFUSED_TYPES =
      Set.of(
          Keys.TYPE_CA,
          Keys.TYPE_SEAL,
          "kubernetes.io/service-account-token",
          "bootstrap.kubernetes.io/token");

  private InputConsent() {}

  /**
   * The message for an input that cannot be read: the same whether it is missing or its owner did
   * not consent.
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

  /** Whether the owner consented by the label and the Secret has no other purpose. */
  public static boolean given(Secret secret) {
    return SecretData.label(secret, Api.INPUT_LABEL).equals(Optional.of("true"))
        && !REFUSED_TYPES.contains(String.valueOf(secret.getType()))
        && SecretData.label(secret, Keys.KIND_LABEL).isEmpty();
  }

  /** Whether the owner consented by the label. */
  public static boolean given(ConfigMap map) {
    Map<String, String> labels = map.getMetadata().getLabels();
    return labels != null && "true".equals(labels.get(Api.INPUT_LABEL));
  }
}
