package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.Redaction;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Which changes of our own resources wake their reconciler. */
public final class PrimaryFilters {
  private PrimaryFilters() {}

  /**
   * A new spec, other annotations (which do not move the generation), or a status that somebody
   * removed; not our own status writes.
   */
  public static boolean wakes(CustomResource<?, ?> now, CustomResource<?, ?> before) {
    return !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(
            now.getMetadata().getAnnotations(), before.getMetadata().getAnnotations())
        || (now.getStatus() == null && before.getStatus() != null);
  }

  /**
   * A resource as it lies in the cache: without what only the API server wants to know, and without
   * annotations that are not ours, of which anybody may add 256 KiB.
   */
  public static <R extends CustomResource<?, ?>> R slim(R resource) {
    ObjectMeta metadata = Redaction.withoutManagedFields(resource.getMetadata());
    if (metadata.getAnnotations() != null) {
      Map<String, String> ours = new HashMap<>(metadata.getAnnotations());
      ours.keySet().removeIf(key -> !key.startsWith(Api.GROUP + "/"));
      metadata.setAnnotations(ours);
    }
    resource.setMetadata(metadata);
    return resource;
  }
}
