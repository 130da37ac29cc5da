package dev.mtlsoperator.secret.cache;

import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.ca.CrlRecord;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustCopySeal;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The part of an object that an informer cache holds: about one KiB however large the object is,
 * because any tenant can write an object that the cache selects. It keeps what a seal vouches for,
 * and digests of everything else, so that it can be judged like the object itself. The object must
 * be read again before it is written.
 *
 * <p>The digests are annotations whose keys are not legal in Kubernetes, so that no object of the
 * API server has them; an object with one is never written.
 */
public final class CacheProjection {
  private CacheProjection() {}

  /** The projection of a trust ConfigMap, a copy of a trust bundle, or an input. */
  public static ConfigMap of(ConfigMap map, Seal seal) {
    Map<String, String> annotations = digests(map);
    boolean ours = TrustConfigMap.isIntact(map, seal);
    if (ours) {
      TrustConfigMap.sealed(map).forEach(annotations::put);
    } else {
      annotations.putAll(vouchedFor(map, seal));
    }
    return new ConfigMapBuilder()
        .withMetadata(CachedMetadata.metadata(map, annotations))
        .withData(ours ? map.getData() : Map.of())
        .build();
  }

  /**
   * The projection of a Secret with a copy of a trust bundle or a CA generation, or one that looks
   * like it.
   */
  public static Secret of(Secret secret, Seal seal) {
    if (!SecretData.label(secret, Keys.KIND_LABEL).equals(Optional.of(Keys.TRUST_BUNDLE))) {
      return isGeneration(secret, seal)
          ? RedactedSecret.ofGeneration(secret)
          : isCrlRecord(secret, seal)
              ? RedactedSecret.ofCrls(secret)
              : RedactedSecret.ofOthers(secret);
    }
    Map<String, String> annotations = digests(secret);
    annotations.putAll(vouchedFor(secret, seal));
    Secret copy = new Secret();
    copy.setType(CachedMetadata.bounded(secret.getType()));
    copy.setMetadata(CachedMetadata.metadata(secret, annotations));
    return copy;
  }

  private static boolean isCrlRecord(Secret secret, Seal seal) {
    return SecretData.label(secret, Keys.ROOT_CA_LABEL)
        .filter(rootCA -> CrlRecord.isSealed(rootCA, secret, seal))
        .isPresent();
  }

  private static boolean isGeneration(Secret secret, Seal seal) {
    return SecretData.label(secret, Keys.ROOT_CA_LABEL)
        .filter(
            rootCA ->
                GenerationSecret.isSealed(
                    secret.getMetadata().getNamespace(), rootCA, secret, seal))
        .isPresent();
  }

  private static Map<String, String> digests(HasMetadata object) {
    Map<String, String> digests = new HashMap<>();
    digests.put(CachedMetadata.CONTENT, TrustCopy.content(object));
    digests.put(CachedMetadata.TEMPLATE, Templates.digest(object));
    return digests;
  }

  // as the operator writes it: the seal is over what was read from it, whatever else stood there
  private static Map<String, String> vouchedFor(HasMetadata object, Seal seal) {
    Map<String, String> annotations = new HashMap<>();
    TrustCopy.notes(object, seal)
        .ifPresent(
            notes -> {
              annotations.putAll(TrustCopySeal.annotations(notes));
              CachedMetadata.copy(object, Keys.SEAL, annotations);
              Set<String> certificates = TrustCopy.certificates(object);
              if (notes.content().equals(TrustCopy.content(object)) && !certificates.isEmpty()) {
                annotations.put(
                    CachedMetadata.CERTIFICATES, String.join(",", new TreeSet<>(certificates)));
              }
            });
    CachedMetadata.copy(object, Keys.TRUST_SINCE, annotations);
    return annotations;
  }
}
