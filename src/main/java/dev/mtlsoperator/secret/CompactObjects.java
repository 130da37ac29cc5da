package dev.mtlsoperator.secret;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects small that a cache holds for years, without changing what they say. The client's
 * model gives each object a dozen hash maps, most of them empty, and each its own copy of strings
 * that thousands of objects share: with ten thousand leaves, a third of the live heap.
 *
 * <p>The maps and lists of a compact object cannot be modified; builders copy them.
 */
public final class CompactObjects {
  /** Longer texts, such as digests and most certificates, are different in each object. */
  private static final int LONGEST_SHARED = 64;

  private CompactObjects() {}

  /** Makes a Secret compact, in place. */
  public static Secret of(Secret secret) {
    secret.setApiVersion(shared(secret.getApiVersion()));
    secret.setKind(shared(secret.getKind()));
    secret.setType(shared(secret.getType()));
    secret.setMetadata(of(secret.getMetadata()));
    secret.setData(of(secret.getData()));
    secret.setStringData(Map.of());
    secret.setAdditionalProperties(Map.of());
    return secret;
  }

  /** Makes metadata compact, in place. */
  public static ObjectMeta of(ObjectMeta metadata) {
    metadata.setNamespace(shared(metadata.getNamespace()));
    metadata.setLabels(of(metadata.getLabels()));
    metadata.setAnnotations(of(metadata.getAnnotations()));
    metadata.setFinalizers(of(metadata.getFinalizers()));
    metadata.setManagedFields(of(metadata.getManagedFields()));
    metadata.setOwnerReferences(of(metadata.getOwnerReferences()));
    metadata.getOwnerReferences().forEach(CompactObjects::compact);
    if (metadata.getAdditionalProperties().isEmpty()) {
      metadata.setAdditionalProperties(Map.of());
    }
    return metadata;
  }

  /** The one copy of a text that many objects have, which lives as long as one of them. */
  public static @Nullable String shared(@Nullable String text) {
    return text == null ? null : text.intern();
  }

  private static void compact(OwnerReference owner) {
    owner.setApiVersion(shared(owner.getApiVersion()));
    owner.setKind(shared(owner.getKind()));
    if (owner.getAdditionalProperties().isEmpty()) {
      owner.setAdditionalProperties(Map.of());
    }
  }

  private static <T> List<T> of(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  private static Map<String, String> of(@Nullable Map<String, String> map) {
    if (map == null || map.isEmpty()) {
      return Map.of();
    }
    Map<String, String> all = new HashMap<>();
    map.forEach(
        (key, value) -> all.put(key, value.length() <= LONGEST_SHARED ? value.intern() : value));
    return Map.copyOf(all);
  }
}
