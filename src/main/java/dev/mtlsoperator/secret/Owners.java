package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Labels and owner references that tie objects to the RootCA or leaf for which they exist; the
 * garbage collector follows the latter.
 */
public final class Owners {
  private Owners() {}

  /** Owner references of objects next to a RootCA: none if they are to outlive it. */
  public static List<OwnerReference> of(RootCA ca) {
    return ca.getSpec().deletionPolicy() == DeletionPolicy.Delete
        ? List.of(reference(ca))
        : List.of();
  }

  /** Owner references of a leaf's Secret: none if it is to outlive the leaf. */
  public static List<OwnerReference> of(LeafCert<?> leaf) {
    return leaf.getSpec().deletionPolicy() == DeletionPolicy.Delete
        ? List.of(reference(leaf))
        : List.of();
  }

  /** The labels that select the objects of a RootCA. */
  public static Map<String, String> labels(RootCA ca) {
    return Map.of(
        Keys.MANAGED_BY_LABEL,
        Keys.MANAGED_BY,
        Keys.KIND_LABEL,
        "RootCA",
        Keys.ROOT_CA_LABEL,
        ca.getMetadata().getName());
  }

  public static OwnerReference reference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .build();
  }

  public static Optional<OwnerReference> controller(HasMetadata object) {
    return all(object.getMetadata().getOwnerReferences()).stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .findFirst();
  }

  /**
   * Whether the owners of the operator's kinds are the wanted ones, compared by UID. Other owners
   * are ignored.
   */
  public static boolean same(@Nullable List<OwnerReference> found, List<OwnerReference> wanted) {
    return all(found).stream()
        .filter(Owners::isOfOurKind)
        .map(OwnerReference::getUid)
        .toList()
        .equals(wanted.stream().map(OwnerReference::getUid).toList());
  }

  /**
   * The wanted owners and those that others added to an object (null: there is none). Kubernetes
   * allows only one controller among them.
   */
  public static List<OwnerReference> beside(
      @Nullable HasMetadata found, List<OwnerReference> wanted) {
    List<OwnerReference> all = new ArrayList<>(wanted);
    if (found != null) {
      all(found.getMetadata().getOwnerReferences()).stream()
          .filter(owner -> !isOfOurKind(owner))
          .filter(owner -> wanted.isEmpty() || !Boolean.TRUE.equals(owner.getController()))
          .forEach(all::add);
    }
    return all;
  }

  public static boolean isOfOurKind(OwnerReference owner) {
    return String.valueOf(owner.getApiVersion()).startsWith(Api.GROUP + "/");
  }

  private static List<OwnerReference> all(@Nullable List<OwnerReference> owners) {
    return owners == null ? List.of() : owners;
  }
}
