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
 * The metadata of an object as it lies in a cache, bounded, with digests that stand for what is
 * left out.
 *
 * <p>The digests are annotations whose keys are no legal names in Kubernetes: no object of the API
 * server carries them, and none that does is ever written.
 */
public final class CachedMetadata {
  /** Annotation: digest of the whole content, see {@link TrustCopy#content}. */
  public static final String CONTENT = "digest of the content";

  /** Annotation: digest of what a template brought, see {@link Templates#digest}. */
  public static final String TEMPLATE = "digest of the template";

  /** Annotation: digests of the certificates in what is intact, by commas. */
  public static final String CERTIFICATES = "digests of the certificates";

  private static final Set<String> LABELS =
      Set.of(
          Keys.MANAGED_BY_LABEL,
          Keys.KIND_LABEL,
          Keys.ROOT_CA_LABEL,
          Keys.ROOT_CA_NAMESPACE_LABEL,
          Keys.GENERATION,
          Api.INPUT_LABEL);

  /** As long as any name or time in Kubernetes; what is longer is nobody's we wait for. */
  public static final int LONGEST = 253;

  /** Those that are compared; what has more is not as we wrote it, whoever they are. */
  public static final int MOST_OWNERS = 2;

  /** What a status has room for, in characters. */
  private static final int LONGEST_REQUEST = 1024;

  /** Annotation: somebody added so much that not all of it is here; no legal key in Kubernetes. */
  public static final String SHORTENED = "shortened in the cache";

  private CachedMetadata() {}

  /**
   * The value of an annotation by which people ask for something, as short as a status has room
   * for. Of what is longer the end is its digest: another value is another one still. The same for
   * what was shortened before.
   */
  public static String request(String value) {
    if (value.length() <= LONGEST_REQUEST) {
      return value;
    }
    String digest = Digests.of(value);
    return value.substring(0, LONGEST_REQUEST - digest.length()) + digest;
  }

  /** Whether there is more to a Secret than its copy shows, beside what is secret. */
  public static boolean isShortened(Secret copy) {
    return SecretData.annotation(copy, SHORTENED).isPresent();
  }

  /** Metadata without the field managers, which are larger than all the rest. */
  public static ObjectMeta withoutManagedFields(ObjectMeta metadata) {
    return new ObjectMetaBuilder(metadata).withManagedFields().build();
  }

  /** An annotation, if it is there and as short as what the operator writes. */
  public static void copy(HasMetadata object, String key, Map<String, String> to) {
    copy(object, key, LONGEST, to);
  }

  public static void copy(HasMetadata object, String key, int longest, Map<String, String> to) {
    String value = Templates.Part.ANNOTATIONS.of(object).get(key);
    if (value != null && value.length() <= longest) {
      to.put(key, value);
    }
  }

  /** Names, the labels by which objects are found, and who owns it. */
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

  /** How much others may have put into an object's metadata, roughly in bytes. */
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

  /** A text that others chose, or, when it is too long to be of use, its digest. */
  public static @Nullable String bounded(@Nullable String text) {
    return text == null || text.length() <= LONGEST ? text : Digests.of(text);
  }
}
