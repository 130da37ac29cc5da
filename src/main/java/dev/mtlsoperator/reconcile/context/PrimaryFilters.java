package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.CachedMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which changes of our own resources wake their reconciler, and what of them is kept. */
public final class PrimaryFilters {
  /** An index that is never queried: it makes objects slim as they are put into a cache. */
  public static final String SLIM = "slim";

  /** What is read of annotations, and as what; anybody may add 256 KiB of others. */
  private static final Map<String, Function<String, String>> ANNOTATIONS =
      Map.of(
          Api.RENEW_ANNOTATION,
          CachedMetadata::request,
          Api.ROTATE_ANNOTATION,
          CaAnnotations::rotate,
          Api.ADOPT_ANNOTATION,
          CachedMetadata::request,
          Api.ADVANCE_ANNOTATION,
          CachedMetadata::request,
          Api.DISTRUST_ANNOTATION,
          CachedMetadata::request);

  private PrimaryFilters() {}

  /**
   * A new spec, other annotations (which do not move the generation), or a status that somebody
   * removed; not our own status writes.
   */
  public static boolean wakes(CustomResource<?, ?> now, CustomResource<?, ?> before) {
    return !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !annotations(now.getMetadata().getAnnotations())
            .equals(annotations(before.getMetadata().getAnnotations()))
        || (now.getStatus() == null && before.getStatus() != null);
  }

  /**
   * A resource as it lies in the cache, changed in place: without metadata that nothing here reads,
   * of which anybody may add megabytes (labels, finalizers, owners), and with what is read of
   * annotations, bounded.
   */
  public static <R extends CustomResource<?, ?>> R slim(R resource) {
    ObjectMeta whole = resource.getMetadata();
    resource.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(whole.getNamespace())
            .withName(whole.getName())
            .withUid(whole.getUid())
            .withResourceVersion(whole.getResourceVersion())
            .withGeneration(whole.getGeneration())
            .withCreationTimestamp(whole.getCreationTimestamp())
            .withDeletionTimestamp(whole.getDeletionTimestamp())
            .withAnnotations(annotations(whole.getAnnotations()))
            .build());
    return resource;
  }

  /**
   * The same, done by an index: an informer calls it with each object that it puts into its cache.
   * An item store cannot do it where several namespaces are watched: their informers would share
   * it, and each would remove what the others put there (JOSDK 5.3.2).
   */
  public static <R extends CustomResource<?, ?>> List<String> index(R resource) {
    slim(resource);
    return List.of();
  }

  private static Map<String, String> annotations(@Nullable Map<String, String> all) {
    Map<String, String> kept = new HashMap<>();
    if (all != null) {
      ANNOTATIONS.forEach(
          (key, bounded) -> {
            String value = all.get(key);
            if (value != null) {
              kept.put(key, bounded.apply(value));
            }
          });
    }
    return kept;
  }
}
