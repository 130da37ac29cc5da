package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.rotation.CaGeneration;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.Signer;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The generations of a CA among the Secrets that were found. */
final class Generations {
  /** Index on {@link SecretSource}s of generation Secrets. */
  static final String INDEX = "root-ca";

  static final String SELECTOR = Keys.KIND_LABEL + "=RootCA";

  private Generations() {}

  static String indexKey(String namespace, String rootCA) {
    return namespace + "/" + rootCA;
  }

  static List<String> indexKeys(Secret secret) {
    return SecretData.label(secret, Keys.ROOT_CA_LABEL)
        .map(name -> List.of(indexKey(secret.getMetadata().getNamespace(), name)))
        .orElse(List.of());
  }

  /** Those with a valid seal, oldest first. */
  static List<Sealed> sealed(Collection<Secret> found, String namespace, String rootCA, Seal seal) {
    return found.stream()
        .flatMap(secret -> GenerationSecret.read(namespace, rootCA, secret, seal).stream())
        .sorted(Comparator.comparingInt(Sealed::number))
        .toList();
  }

  /** They, as what they are to each other. */
  static Lineage lineage(List<Sealed> generations) {
    return new Lineage(generations.stream().map(Sealed::generation).toList());
  }

  /** Who signs a leaf, and whom it trusts. */
  static Signer signer(Lineage lineage, String rootCA, Instant now) {
    return lineage
        .signer()
        .map(signing -> signer(lineage, signing, rootCA, now))
        .orElseGet(
            () ->
                missing(
                    "RootCA '"
                        + rootCA
                        + "' has no generation that signs; `kubectl describe rootca "
                        + rootCA
                        + "` tells why"));
  }

  private static Signer signer(Lineage lineage, CaGeneration signing, String rootCA, Instant now) {
    return signing.isExpired(now)
        ? missing("the certificate of RootCA '" + rootCA + "' expired on " + signing.end())
        : new Signer.Available(
            signing,
            lineage.trusted(),
            lineage.bundle(),
            signing
                .cross()
                // what leads to a former one that has left cannot be proven any more
                .filter(cross -> !lineage.former().isEmpty())
                .filter(cross -> now.isBefore(cross.getNotAfter().toInstant())));
  }

  static Signer missing(String message) {
    return new Signer.Missing(new Finding(Reason.CANotAvailable, message));
  }
}
