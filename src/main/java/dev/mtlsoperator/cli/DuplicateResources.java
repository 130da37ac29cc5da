package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cli.manifest.Manifests;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.Map;

/** Rejects resources that occur twice, and leaves that ask for the same Secret. */
final class DuplicateResources {
  private final Manifests manifests;
  private final Mistakes mistakes;
  private final Map<String, HasMetadata> names = new HashMap<>();
  private final Map<String, LeafCert<?>> secrets = new HashMap<>();

  private DuplicateResources(Manifests manifests, Mistakes mistakes) {
    this.manifests = manifests;
    this.mistakes = mistakes;
  }

  static void refuse(Manifests manifests, Mistakes mistakes) {
    DuplicateResources duplicates = new DuplicateResources(manifests, mistakes);
    manifests.rootCAs().forEach(duplicates::isSecond);
    manifests.secrets().forEach(duplicates::isSecond);
    manifests.configMaps().forEach(duplicates::isSecond);
    manifests.leaves().stream()
        .filter(leaf -> !duplicates.isSecond(leaf))
        .forEach(duplicates::refuseSharedSecret);
  }

  private boolean isSecond(HasMetadata resource) {
    HasMetadata first = names.putIfAbsent(OfflineIssuer.describe(resource), resource);
    if (first != null) {
      mistakes.add(resource, "is there twice, first in " + manifests.place(first));
    }
    return first != null;
  }

  private void refuseSharedSecret(LeafCert<?> leaf) {
    LeafCert<?> first =
        secrets.putIfAbsent(
            leaf.getMetadata().getNamespace() + "/" + leaf.effectiveSecretName(), leaf);
    if (first != null) {
      mistakes.add(
          leaf,
          "the Secret '"
              + leaf.effectiveSecretName()
              + "' belongs to another resource of the namespace, "
              + first.getKind()
              + " '"
              + first.getMetadata().getName()
              + "' in "
              + manifests.place(first)
              + ": give this one another name or spec.secretName");
    }
  }
}
