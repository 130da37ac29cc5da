package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.ObjectMetadata;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.Templates.Part;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the ConfigMap {@code <name>-trust}, which holds the trust bundle of a RootCA for
 * readers that have no access to Secrets.
 */
public final class TrustConfigMap {
  private TrustConfigMap() {}

  public static String name(String rootCA) {
    return rootCA + "-trust";
  }

  /** The ConfigMap as it should be. */
  public static ConfigMap of(RootCA ca, TrustContent content, Seal seal) {
    Map<String, String> data = new HashMap<>();
    data.put(Keys.CA_CRT, content.pem());
    content.revocations().ifPresent(crls -> data.put(Keys.CA_CRL, crls));
    Map<String, String> annotations = new HashMap<>();
    annotations.put(Keys.SEAL, TrustConfigMapSeal.of(ca, content, seal));
    if (!content.additional().isEmpty()) {
      annotations.put(Keys.ADDITIONAL_TRUST, TrustConfigMapSeal.digest(content.additional()));
    }
    String entries = TrustConfigMapSeal.entries(ca, content);
    if (!entries.isEmpty()) {
      annotations.put(Keys.ADDITIONAL_ENTRIES, entries);
    }
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(ca.getMetadata().getNamespace())
        .withName(name(ca.getMetadata().getName()))
        .withLabels(labels(ca))
        .withAnnotations(Templates.added(annotations, ca.getSpec().objectMetadata()))
        .withOwnerReferences(Owners.of(ca))
        .endMetadata()
        .withData(data)
        .build();
  }

  /**
   * The live ConfigMap with the wanted content; labels, annotations, finalizers and owners of
   * others stay.
   *
   * @param now noted if the bundle grows; nothing waits for a removal
   */
  public static ConfigMap replace(ConfigMap found, ConfigMap wanted, Instant now) {
    String before = found.getData() == null ? "" : found.getData().getOrDefault(Keys.CA_CRT, "");
    return Pem.adds(before, wanted.getData().getOrDefault(Keys.CA_CRT, ""))
        ? since(replace(found, wanted), now)
        : replace(found, wanted);
  }

  /**
   * The ConfigMap to create after the live one was deleted; labels, annotations and owners of
   * others stay.
   *
   * @param now noted if the bundle grows
   */
  public static ConfigMap createAnew(ConfigMap deleted, ConfigMap wanted, Instant now) {
    ConfigMap replaced = replace(deleted, wanted, now);
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(wanted.getMetadata().getNamespace())
        .withName(wanted.getMetadata().getName())
        .withLabels(replaced.getMetadata().getLabels())
        .withAnnotations(replaced.getMetadata().getAnnotations())
        .withOwnerReferences(replaced.getMetadata().getOwnerReferences())
        .endMetadata()
        .withData(replaced.getData())
        .build();
  }

  /** A new ConfigMap with the time since which it holds its certificates. */
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
        .withLabels(Templates.others(found, Part.LABELS))
        .addToLabels(wanted.getMetadata().getLabels())
        .withAnnotations(Templates.others(found, Part.ANNOTATIONS))
        .removeFromAnnotations(Keys.TEMPLATE)
        .removeFromAnnotations(Keys.ADDITIONAL_TRUST)
        .removeFromAnnotations(Keys.ADDITIONAL_ENTRIES)
        .addToAnnotations(wanted.getMetadata().getAnnotations())
        .withOwnerReferences(Owners.beside(found, wanted.getMetadata().getOwnerReferences()))
        .endMetadata()
        .withData(wanted.getData())
        .withBinaryData(null)
        .build();
  }

  private static Map<String, String> labels(RootCA ca) {
    Map<String, String> labels = new HashMap<>(ca.getSpec().objectMetadata().labels());
    labels.putAll(Owners.labels(ca));
    return labels;
  }

  /** Judges the ConfigMap (null: none) that has the name of the trust bundle. */
  public static Bundle judge(
      RootCA ca, @Nullable ConfigMap found, TrustContent content, Seal seal) {
    if (found == null) {
      return Bundle.ABSENT;
    }
    if (!claimsToBeOurs(ca, found) || !provesToBeOurs(ca, found, content, seal)) {
      return Bundle.FOREIGN;
    }
    ConfigMap wanted = of(ca, content, seal);
    ObjectMetadata template = ca.getSpec().objectMetadata();
    boolean current =
        wanted.getData().equals(found.getData())
            && Seal.matches(
                annotation(found, Keys.SEAL),
                String.valueOf(wanted.getMetadata().getAnnotations().get(Keys.SEAL)))
            && Objects.equals(
                annotation(found, Keys.ADDITIONAL_TRUST),
                wanted.getMetadata().getAnnotations().get(Keys.ADDITIONAL_TRUST))
            && Objects.equals(
                annotation(found, Keys.ADDITIONAL_ENTRIES),
                wanted.getMetadata().getAnnotations().get(Keys.ADDITIONAL_ENTRIES))
            && Templates.isCurrent(found, template.labels(), template.annotations())
            && Owners.same(found.getMetadata().getOwnerReferences(), Owners.of(ca));
    return current ? Bundle.CURRENT : Bundle.OUTDATED;
  }

  /**
   * Whether the labels are those of that RootCA's bundle: a trace of a CA, even if the seal cannot
   * be checked.
   */
  public static boolean claimsToBeOurs(RootCA ca, ConfigMap found) {
    Map<String, String> labels = found.getMetadata().getLabels();
    return labels != null && labels.entrySet().containsAll(Owners.labels(ca).entrySet());
  }

  // the owner shows that a tampered one is ours; after a restore, only our certificates in it do
  private static boolean provesToBeOurs(
      RootCA ca, ConfigMap found, TrustContent content, Seal seal) {
    return TrustConfigMapSeal.isOn(ca, found, seal)
        || Seal.matches(annotation(found, Keys.SEAL), TrustConfigMapSeal.of(ca, content, seal))
        || isOwned(ca, found)
        || content.holdsAll(pem(found));
  }

  /**
   * The certificates that each entry of {@code additionalTrust} brought, from the notes on a
   * ConfigMap that the operator wrote for this very RootCA; none for any other ConfigMap.
   */
  public static AdditionalEntries entries(RootCA ca, ConfigMap found, Seal seal) {
    String digest = annotation(found, Keys.ADDITIONAL_TRUST);
    if (digest == null || !TrustConfigMapSeal.isOn(ca, found, seal)) {
      return AdditionalEntries.none();
    }
    // they come last
    return Pem.tails(pem(found)).stream()
        .filter(last -> Digests.of(last).equals(digest))
        .findFirst()
        .map(Pem::readWritten)
        .map(additional -> entries(ca, found, additional))
        .orElseGet(AdditionalEntries::none);
  }

  private static AdditionalEntries entries(
      RootCA ca, ConfigMap intact, List<Optional<X509Certificate>> additional) {
    String note = annotation(intact, Keys.ADDITIONAL_ENTRIES);
    if (note != null) {
      return AdditionalEntries.parse(Optional.of(note), ca.getMetadata().getUid(), additional);
    }
    return isOwned(ca, intact) || isReported(ca, intact)
        ? AdditionalEntries.unattributed(additional.stream().flatMap(Optional::stream).toList())
        : AdditionalEntries.none();
  }

  // older releases did not note the uid, and a ConfigMap that outlives its RootCA has no owner:
  // only the status tells, and a RootCA that is created again has none
  private static boolean isReported(RootCA ca, ConfigMap intact) {
    RootCAStatus status = ca.getStatus();
    return status != null
        && status.additionalTrustDigest() != null
        && status.additionalTrustDigest().equals(annotation(intact, Keys.ADDITIONAL_TRUST));
  }

  private static boolean isOwned(RootCA ca, ConfigMap found) {
    return Owners.controller(found)
        .filter(owner -> owner.getUid().equals(ca.getMetadata().getUid()))
        .isPresent();
  }

  /** The CA's own certificates, in order, in a ConfigMap with a valid seal; none in any other. */
  public static List<X509Certificate> own(RootCA ca, ConfigMap found, Seal seal) {
    if (!TrustConfigMapSeal.isOn(ca, found, seal)) {
      return List.of();
    }
    String digest = annotation(found, Keys.ADDITIONAL_TRUST);
    String pem = pem(found);
    String additional =
        Pem.tails(pem).stream()
            .filter(last -> Digests.of(last).equals(digest))
            .findFirst()
            .orElse("");
    return Pem.readWritten(pem.substring(0, pem.length() - additional.length())).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** Whether it is exactly as the operator wrote it for the RootCA in its labels. */
  public static boolean isIntact(ConfigMap found, Seal seal) {
    String rootCA = Templates.Part.LABELS.of(found).getOrDefault(Keys.ROOT_CA_LABEL, "");
    return found.getMetadata().getName().equals(name(rootCA))
        && hasBundle(found)
        && Set.of(Keys.CA_CRT, Keys.CA_CRL).containsAll(found.getData().keySet())
        && (found.getBinaryData() == null || found.getBinaryData().isEmpty())
        && TrustConfigMapSeal.isOn(found.getMetadata().getNamespace(), rootCA, found, seal);
  }

  /** The seal of an intact ConfigMap and the annotations that it covers. */
  public static Map<String, String> sealed(ConfigMap intact) {
    Map<String, String> annotations = new HashMap<>();
    CachedMetadata.copy(intact, Keys.SEAL, annotations);
    CachedMetadata.copy(intact, Keys.ADDITIONAL_TRUST, annotations);
    CachedMetadata.copy(intact, Keys.TRUST_SINCE, annotations);
    // as long as the operator wrote it
    String entries = annotation(intact, Keys.ADDITIONAL_ENTRIES);
    if (entries != null) {
      annotations.put(Keys.ADDITIONAL_ENTRIES, entries);
    }
    return annotations;
  }

  /** Whether it holds a bundle; a cached projection holds one only if its seal is valid. */
  public static boolean hasBundle(ConfigMap found) {
    return found.getData() != null && found.getData().containsKey(Keys.CA_CRT);
  }

  /** The bundle in PEM; empty if there is none. */
  static String pem(ConfigMap found) {
    return found.getData() == null ? "" : found.getData().getOrDefault(Keys.CA_CRT, "");
  }

  /** The CRLs in PEM, as found; empty if there are none. */
  public static String revocations(ConfigMap found) {
    return found.getData() == null ? "" : found.getData().getOrDefault(Keys.CA_CRL, "");
  }

  static @Nullable String annotation(ConfigMap found, String key) {
    Map<String, String> annotations = found.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(key);
  }
}
