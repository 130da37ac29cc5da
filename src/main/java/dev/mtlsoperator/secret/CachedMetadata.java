package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.trust.TrustCopy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of an object in an informer cache: bounded, with digests in place of what is left
 * out.
 *
 * <p>The digests are annotations whose keys are not legal in Kubernetes, so that no object of the
 * API server has them; an object with one is never written.
 */
public final class CachedMetadata {
  /** Annotation: digest of the whole content, see {@link TrustCopy#content}. */
  public static final String CONTENT = "digest of the content";

  /**
   * Annotation: digest of the labels and annotations from a template, see {@link Templates#digest}.
   */
  public static final String TEMPLATE = "digest of the template";

  /** Annotation: digests of the certificates in an intact object, separated by commas. */
  public static final String CERTIFICATES = "digests of the certificates";

  private static final Set<String> LABELS =
      Set.of(
          Keys.MANAGED_BY_LABEL,
          Keys.KIND_LABEL,
          Keys.ROOT_CA_LABEL,
          Keys.ROOT_CA_NAMESPACE_LABEL,
          Keys.GENERATION,
          Api.INPUT_LABEL);

  /** The longest name in Kubernetes; the operator writes no longer value. */
  public static final int LONGEST = 253;

  /** Owners that are compared; an object with more is not as the operator wrote it in any case. */
  public static final int MOST_OWNERS = 2;

  /** The length for which a status has room, in characters. */
  private static final int LONGEST_REQUEST = 1024;

  /** Annotation: the object is so large that the cache holds only a part of its metadata. */
  public static final String SHORTENED = "shortened in the cache";

  private CachedMetadata() {}

  /**
   * The value of an annotation by which users request an action, shortened to the length for which
   * a status has room. A shortened value ends with its digest, so that different values stay
   * different. Idempotent.
   */
  public static String request(String value) {
    if (value.length() <= LONGEST_REQUEST) {
      return value;
    }
    String digest = Digests.of(value);
    return value.substring(0, LONGEST_REQUEST - digest.length()) + digest;
  }

  /** Whether a cached Secret lacks more than secret values. */
  public static boolean isShortened(Secret copy) {
    return SecretData.annotation(copy, SHORTENED).isPresent();
  }

  /** Metadata without the field managers, which are larger than all the rest. */
  public static ObjectMeta withoutManagedFields(ObjectMeta metadata) {
    return new ObjectMetaBuilder(metadata).withManagedFields().build();
  }

  /** Copies an annotation if it is present and not longer than what the operator writes. */
  public static void copy(HasMetadata object, String key, Map<String, String> to) {
    copy(object, key, LONGEST, to);
  }

  public static void copy(HasMetadata object, String key, int longest, Map<String, String> to) {
    String value = Templates.Part.ANNOTATIONS.of(object).get(key);
    if (value != null && value.length() <= longest) {
      to.put(key, value);
    }
  }

  /** Names, the labels by which objects are selected, owners, and the given annotations. */
  public static ObjectMeta metadata(HasMetadata object, Map<String, String> annotations) {
    ObjectMeta whole = object.getMetadata();
    Map<String, String> labels = new HashMap<>(Templates.Part.LABELS.of(object));
    labels.keySet().retainAll(LABELS);
    return new ObjectMetaBuilder()
        .withNamespace(whole.getNamespace())
        .withName(whole.getName())
        .withUid(whole.getUid())
        .withResourceVersion(whole.getResourceVersion())
        .withDeletionTimestamp(whole.getDeletionTimestamp())
        .withLabels(labels)
        .withAnnotations(annotations)
        .withOwnerReferences(owners(whole.getOwnerReferences()))
        .build();
  }

  /** The approximate size in bytes of all metadata that others can add to. */
  public static int size(ObjectMeta metadata) {
    int size = 0;
    for (Map<String, String> map :
        List.of(orEmpty(metadata.getLabels()), orEmpty(metadata.getAnnotations()))) {
      for (Map.Entry<String, String> entry : map.entrySet()) {
        size += entry.getKey().length() + entry.getValue().length();
      }
    }
    for (String finalizer : orEmpty(metadata.getFinalizers())) {
      size += finalizer.length();
    }
    for (OwnerReference owner : orEmpty(metadata.getOwnerReferences())) {
      size += Objects.toString(owner.getUid(), "").length();
      size += Objects.toString(owner.getName(), "").length();
      size += Objects.toString(owner.getKind(), "").length();
      size += Objects.toString(owner.getApiVersion(), "").length();
    }
    return size;
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> some) {
    return some == null ? Map.of() : some;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> some) {
    return some == null ? List.of() : some;
  }

  private static List<OwnerReference> owners(@Nullable List<OwnerReference> all) {
    return Objects.requireNonNullElse(all, List.<OwnerReference>of()).stream()
        .sorted(
            Comparator.<OwnerReference, Boolean>comparing(
                    owner -> !Boolean.TRUE.equals(owner.getController()))
                .thenComparing(owner -> !Owners.isOfOurKind(owner)))
        .limit(MOST_OWNERS)
        .map(
            owner ->
                new OwnerReferenceBuilder()
                    .withApiVersion(bounded(owner.getApiVersion()))
                    .withKind(bounded(owner.getKind()))
                    .withName(bounded(owner.getName()))
                    .withUid(bounded(owner.getUid()))
                    .withController(owner.getController())
                    .build())
        .toList();
  }

  /** An untrusted text, or its digest if it is longer than any legal value. */
  public static @Nullable String bounded(@Nullable String text) {
    return text == null || text.length() <= LONGEST ? text : Digests.of(text);
  }
}
