package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.CaFacts.Bundle;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a trust bundle lies in the ConfigMap {@code <name>-trust}, which needs no access to any
 * Secret.
 */
public final class TrustConfigMap {
  private TrustConfigMap() {}

  public static String name(String rootCA) {
    return rootCA + "-trust";
  }

  /** The ConfigMap as it should be. */
  public static ConfigMap of(RootCA ca, TrustContent content, Seal seal) {
    String pem = content.pem();
    Map<String, String> annotations = new HashMap<>();
    annotations.put(Keys.SEAL, seal(ca, pem, digest(content.additional()), seal));
    if (!content.additional().isEmpty()) {
      annotations.put(Keys.ADDITIONAL_TRUST, digest(content.additional()));
    }
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(ca.getMetadata().getNamespace())
        .withName(name(ca.getMetadata().getName()))
        .withLabels(Owners.labels(ca))
        .withAnnotations(annotations)
        .withOwnerReferences(Owners.of(ca))
        .endMetadata()
        .withData(Map.of(Keys.CA_CRT, pem))
        .build();
  }

  /**
   * The found ConfigMap, which must not be abridged, with what should be in it; labels and
   * annotations of others stay.
   *
   * @param now noted where the bundle grows: what it loses, nobody has to wait for
   */
  public static ConfigMap replace(ConfigMap found, ConfigMap wanted, Instant now) {
    String before = found.getData() == null ? "" : found.getData().getOrDefault(Keys.CA_CRT, "");
    return Pem.adds(before, wanted.getData().getOrDefault(Keys.CA_CRT, ""))
        ? since(replace(found, wanted), now)
        : replace(found, wanted);
  }

  /** The ConfigMap as it is created, with the time from when on it is there. */
  public static ConfigMap since(ConfigMap wanted, Instant now) {
    return wanted
        .edit()
        .editMetadata()
        .addToAnnotations(Keys.TRUST_SINCE, now.toString())
        .endMetadata()
        .build();
  }

  private static ConfigMap replace(ConfigMap found, ConfigMap wanted) {
    return found
        .edit()
        .editMetadata()
        .addToLabels(wanted.getMetadata().getLabels())
        .removeFromAnnotations(Keys.ADDITIONAL_TRUST)
        .addToAnnotations(wanted.getMetadata().getAnnotations())
        .withOwnerReferences(wanted.getMetadata().getOwnerReferences())
        .endMetadata()
        .withData(wanted.getData())
        .withBinaryData(null)
        .build();
  }

  /** What a ConfigMap under that name is to us. */
  public static Bundle judge(
      RootCA ca, @Nullable ConfigMap found, TrustContent content, Seal seal) {
    if (found == null) {
      return Bundle.ABSENT;
    }
    if (!claimsToBeOurs(ca, found) || !provesToBeOurs(ca, found, content, seal)) {
      return Bundle.FOREIGN;
    }
    ConfigMap wanted = of(ca, content, seal);
    boolean current =
        wanted.getData().equals(found.getData())
            && Seal.matches(
                annotation(found, Keys.SEAL),
                String.valueOf(wanted.getMetadata().getAnnotations().get(Keys.SEAL)))
            && Objects.equals(
                annotation(found, Keys.ADDITIONAL_TRUST),
                wanted.getMetadata().getAnnotations().get(Keys.ADDITIONAL_TRUST))
            && Owners.same(found.getMetadata().getOwnerReferences(), Owners.of(ca));
    return current ? Bundle.CURRENT : Bundle.OUTDATED;
  }

  /**
   * Whether it is labelled as the bundle of that RootCA: a trace of a CA, even where the seal
   * cannot be checked.
   */
  public static boolean claimsToBeOurs(RootCA ca, ConfigMap found) {
    Map<String, String> labels = found.getMetadata().getLabels();
    return labels != null && labels.entrySet().containsAll(Owners.labels(ca).entrySet());
  }

  // tampered content is still ours by its owner; a restored copy by holding nothing but our
  // certificates
  private static boolean provesToBeOurs(
      RootCA ca, ConfigMap found, TrustContent content, Seal seal) {
    return isSealed(ca, found, seal)
        || Seal.matches(
            annotation(found, Keys.SEAL),
            seal(ca, content.pem(), digest(content.additional()), seal))
        || Owners.controller(found)
            .filter(owner -> owner.getUid().equals(ca.getMetadata().getUid()))
            .isPresent()
        || content.holdsAll(pem(found));
  }

  /**
   * The certificates of {@code additionalTrust} in a ConfigMap that is as the operator wrote it;
   * none in any other.
   */
  public static List<X509Certificate> additional(RootCA ca, ConfigMap found, Seal seal) {
    String digest = annotation(found, Keys.ADDITIONAL_TRUST);
    if (digest == null || !isSealed(ca, found, seal)) {
      return List.of();
    }
    List<X509Certificate> all = certificates(pem(found)).orElse(List.of());
    // they come last
    for (int from = 0; from < all.size(); from++) {
      List<X509Certificate> last = all.subList(from, all.size());
      if (digest(last).equals(digest)) {
        return List.copyOf(last);
      }
    }
    return List.of();
  }

  private static boolean isSealed(RootCA ca, ConfigMap found, Seal seal) {
    return isSealed(ca.getMetadata().getNamespace(), ca.getMetadata().getName(), found, seal);
  }

  private static boolean isSealed(String namespace, String rootCA, ConfigMap found, Seal seal) {
    String digest = annotation(found, Keys.ADDITIONAL_TRUST);
    return Seal.matches(
        annotation(found, Keys.SEAL),
        seal(namespace, rootCA, pem(found), digest == null ? "" : digest, seal));
  }

  /** Whether it is just as the operator wrote it, for the RootCA that its labels name. */
  static boolean isIntact(ConfigMap found, Seal seal) {
    String rootCA = Templates.Part.LABELS.of(found).getOrDefault(Keys.ROOT_CA_LABEL, "");
    return found.getMetadata().getName().equals(name(rootCA))
        && hasBundle(found)
        && found.getData().size() == 1
        && (found.getBinaryData() == null || found.getBinaryData().isEmpty())
        && isSealed(found.getMetadata().getNamespace(), rootCA, found, seal);
  }

  /** The annotations that go with the seal, as they are on an intact one. */
  static Map<String, String> sealed(ConfigMap intact) {
    Map<String, String> annotations = new HashMap<>();
    Abridged.copy(intact, Keys.SEAL, annotations);
    Abridged.copy(intact, Keys.ADDITIONAL_TRUST, annotations);
    Abridged.copy(intact, Keys.TRUST_SINCE, annotations);
    return annotations;
  }

  /** Whether there is a bundle in it; in an abridged one only if it is as the operator wrote it. */
  public static boolean hasBundle(ConfigMap found) {
    return found.getData() != null && found.getData().containsKey(Keys.CA_CRT);
  }

  private static String pem(ConfigMap found) {
    return found.getData() == null ? "" : found.getData().getOrDefault(Keys.CA_CRT, "");
  }

  private static String digest(List<X509Certificate> additional) {
    return additional.isEmpty() ? "" : Digests.of(Pem.write(additional));
  }

  private static Optional<List<X509Certificate>> certificates(String pem) {
    try {
      return Optional.of(Pem.readCertificates(pem));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  // as it was before there was additional trust, where there is none
  private static String seal(RootCA ca, String pem, String additional, Seal seal) {
    return seal(ca.getMetadata().getNamespace(), ca.getMetadata().getName(), pem, additional, seal);
  }

  private static String seal(
      String namespace, String rootCA, String pem, String additional, Seal seal) {
    return seal.ofTrust(
        namespace, rootCA, Digests.of(pem) + (additional.isEmpty() ? "" : "+" + additional));
  }

  private static @Nullable String annotation(ConfigMap found, String key) {
    Map<String, String> annotations = found.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(key);
  }
}
