package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.secret.AcceptedAdvice;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.CompactObjects;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides which changes of our own resources trigger their reconciler, and which parts of them are
 * cached.
 */
public final class PrimaryFilters {
  /** An index that is never queried: it slims objects when they are put into a cache. */
  public static final String SLIM = "slim";

  /** The annotations that are read, and how; users may add 256 KiB of others. */
  private static final Map<String, Function<String, String>> ANNOTATIONS =
      Map.of(
          Api.RENEW_ANNOTATION,
          CachedMetadata::request,
          Api.REVOKE_ANNOTATION,
          CachedMetadata::request,
          Api.ROTATE_ANNOTATION,
          CaAnnotations::rotate,
          Api.ADOPT_ANNOTATION,
          CachedMetadata::request,
          Api.ADVANCE_ANNOTATION,
          CachedMetadata::request,
          Api.DISTRUST_ANNOTATION,
          CachedMetadata::request,
          Api.ACCEPT_ADVICE_ANNOTATION,
          AcceptedAdvice::bounded);

  private PrimaryFilters() {}

  /**
   * Whether an update has a new spec, other annotations (which do not change the generation), or a
   * status that somebody removed; our own status writes do not count.
   */
  public static boolean wakes(CustomResource<?, ?> now, CustomResource<?, ?> before) {
    return !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !annotations(now.getMetadata().getAnnotations())
            .equals(annotations(before.getMetadata().getAnnotations()))
        || (now.getStatus() == null && before.getStatus() != null);
  }

  /**
   * Slims a resource for the cache, in place. It removes metadata that nothing here reads and of
   * which users may add megabytes (labels, finalizers of others, owner references), and bounds the
   * annotations that are read.
   */
  public static <R extends CustomResource<?, ?>> R slim(R resource) {
    ObjectMeta whole = resource.getMetadata();
    resource.setMetadata(
        CompactObjects.of(
            new ObjectMetaBuilder()
                .withNamespace(whole.getNamespace())
                .withName(whole.getName())
                .withUid(whole.getUid())
                .withResourceVersion(whole.getResourceVersion())
                .withGeneration(whole.getGeneration())
                .withCreationTimestamp(whole.getCreationTimestamp())
                .withDeletionTimestamp(whole.getDeletionTimestamp())
                .withFinalizers(
                    LeafRevocations.isHeld(resource) ? List.of(Api.REVOKE_FINALIZER) : List.of())
                .withAnnotations(annotations(whole.getAnnotations()))
                .build()));
    return resource;
  }

  /**
   * The same, as an index: an informer calls it with each object that it puts into its cache. An
   * item store cannot do it if several namespaces are watched: their informers would share it, and
   * each would remove what the others put there (JOSDK 5.3.2).
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
