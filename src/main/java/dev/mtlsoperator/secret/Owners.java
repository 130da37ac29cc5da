package dev.mtlsoperator.secret;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Owner references: what the garbage collector removes with a resource. */
final class Owners {
  private Owners() {}

  static OwnerReference reference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .build();
  }

  static Optional<OwnerReference> controller(HasMetadata object) {
    return all(object.getMetadata().getOwnerReferences()).stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .findFirst();
  }

  /** The same owners by UID; other fields follow from it. */
  static boolean same(@Nullable List<OwnerReference> some, List<OwnerReference> others) {
    return all(some).stream()
        .map(OwnerReference::getUid)
        .toList()
        .equals(others.stream().map(OwnerReference::getUid).toList());
  }

  private static List<OwnerReference> all(@Nullable List<OwnerReference> owners) {
    return owners == null ? List.of() : owners;
  }
}
