package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.SecretTemplate;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.Templates.Part;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a leaf lies in its Secret. */
public final class LeafSecret {
  /** Beyond it revisions do not count on: no certificate is issued so often. */
  private static final int HIGHEST_REVISION = 999_999_999;

  private LeafSecret() {}

  /**
   * What the operator notes on the Secret beside its content.
   *
   * @param revision how many certificates were issued, this one included
   * @param layout digest, see {@link Layout}
   * @param additional digest of the certificates of others in its trust bundle; empty: there are
   *     none
   * @param admittedBy the CAs of other namespaces that let the leaf in
   * @param sources which CA each certificate in its trust bundle is from
   * @param renew the value of the {@code renew} annotation that is honoured by it
   * @param truststore what the truststore holds, where that is not what the trust bundle does
   */
  public record Notes(
      int revision,
      int caGeneration,
      String layout,
      String additional,
      SortedSet<CAName> admittedBy,
      TrustSources sources,
      @Nullable String renew,
      Optional<Set<Fingerprint>> truststore) {}

  /**
   * The Secret to write.
   *
   * @param replaced what lies there now; null: nothing. Labels, annotations, finalizers and owners
   *     of others on it stay, its resourceVersion guards the write
   * @param now noted where the trust bundle in it grows: what it loses, nobody has to wait for
   */
  public static Secret of(
      LeafCert<?> leaf,
      SortedMap<String, byte[]> files,
      Notes notes,
      @Nullable Secret replaced,
      Instant now,
      Seal seal) {
    Map<String, String> data = SecretData.encode(files);
    SecretTemplate template = leaf.getSpec().secretTemplate();
    Map<String, String> labels = Templates.others(replaced, Part.LABELS);
    labels.putAll(template.labels());
    labels.putAll(labels(leaf));
    Map<String, String> annotations = Templates.others(replaced, Part.ANNOTATIONS);
    annotations.putAll(template.annotations());
    annotations.put(Keys.TEMPLATE, Templates.keys(template.labels(), template.annotations()));
    annotations.put(Keys.REVISION, Integer.toString(notes.revision()));
    annotations.put(Keys.GENERATION, Integer.toString(notes.caGeneration()));
    annotations.put(Keys.LAYOUT, notes.layout());
    String digest = Digests.ofContent(Keys.TYPE_TLS, data);
    Optional<String> truststore = notes.truststore().map(LeafSecret::text);
    truststore.ifPresentOrElse(
        note -> annotations.put(Keys.TRUSTSTORE_BEHIND, note),
        () -> annotations.remove(Keys.TRUSTSTORE_BEHIND));
    annotations.put(Keys.SEAL, seal.ofLeaf(leaf, notes.revision(), digest, truststore));
    if (replaced != null
        && Pem.adds(
            SecretData.text(replaced, Keys.CA_CRT).orElse(""),
            new String(files.getOrDefault(Keys.CA_CRT, new byte[0]), StandardCharsets.UTF_8))) {
      annotations.put(Keys.TRUST_SINCE, now.toString());
    }
    if (notes.additional().isEmpty()) {
      annotations.remove(Keys.ADDITIONAL_TRUST);
    } else {
      annotations.put(Keys.ADDITIONAL_TRUST, notes.additional());
    }
    if (notes.admittedBy().isEmpty()) {
      annotations.remove(Keys.ADMITTED_BY);
      annotations.remove(Keys.ADMITTED_SEAL);
    } else {
      String admittedBy =
          notes.admittedBy().stream().map(CAName::toString).collect(Collectors.joining(","));
      annotations.put(Keys.ADMITTED_BY, admittedBy);
      annotations.put(Keys.ADMITTED_SEAL, seal.ofAdmission(leaf, admittedBy));
    }
    if (notes.sources().isKnown()) {
      String sources = notes.sources().text();
      annotations.put(Keys.TRUST_SOURCES, sources);
      annotations.put(Keys.TRUST_SOURCES_SEAL, seal.ofTrustSources(leaf, digest, sources));
    } else {
      annotations.remove(Keys.TRUST_SOURCES);
      annotations.remove(Keys.TRUST_SOURCES_SEAL);
    }
    if (notes.renew() != null) {
      annotations.put(Api.RENEW_ANNOTATION, notes.renew());
    }
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.effectiveSecretName())
        .withResourceVersion(replaced == null ? null : replaced.getMetadata().getResourceVersion())
        .withFinalizers(replaced == null ? List.of() : replaced.getMetadata().getFinalizers())
        .withLabels(labels)
        .withAnnotations(annotations)
        .withOwnerReferences(Owners.beside(replaced, List.of(Owners.reference(leaf))))
        .endMetadata()
        .withType(Keys.TYPE_TLS)
        .withData(data)
        .build();
  }

  /** What a Secret (null: none), redacted or not, is to a leaf. */
  public static SecretState judge(LeafCert<?> leaf, @Nullable Secret found, Seal seal) {
    if (found == null) {
      return new SecretState.Absent();
    }
    String uid = leaf.getMetadata().getUid();
    LeafStatus status = leaf.getStatus();
    String digest = SecretData.digest(found);
    int revision = number(found, Keys.REVISION);
    Optional<String> note = SecretData.annotation(found, Keys.TRUSTSTORE_BEHIND);
    boolean sealedByUs =
        Seal.matches(
            SecretData.annotation(found, Keys.SEAL).orElse(null),
            seal.ofLeaf(leaf, revision, digest, note));
    boolean reported = status != null && digest.equals(status.secretDigest());
    Optional<OwnerReference> owner = Owners.controller(found);
    boolean owned = owner.filter(controller -> controller.getUid().equals(uid)).isPresent();
    boolean writtenBefore = status != null && status.secretDigest() != null;
    boolean restored = sealedByUs && owner.isEmpty();
    if (!restored && !(owned && (sealedByUs || writtenBefore))) {
      return new SecretState.Unmanaged(conflict(leaf, found));
    }
    Integrity integrity = integrity(reported, sealedByUs && revision >= reportedRevision(status));
    Optional<Set<Fingerprint>> truststore =
        truststore(found, integrity, note.filter(text -> sealedByUs));
    return new SecretState.Managed(
        integrity,
        certificate(found),
        Math.max(revision, reportedRevision(status)),
        number(found, Keys.GENERATION),
        SecretData.text(found, Keys.CA_CRT).orElse(""),
        SecretData.annotation(found, Keys.ADDITIONAL_TRUST).orElse(""),
        admittedBy(leaf, found, seal),
        sources(leaf, found, digest, seal),
        // what is behind is encoded anew, whatever somebody else notes
        truststore.isPresent() ? "" : SecretData.annotation(found, Keys.LAYOUT).orElse(""),
        metadataCurrent(leaf, found),
        status != null && status.renew() != null ? status.renew() : renew(found),
        truststore);
  }

  /** The value of the {@code renew} annotation that is noted on a Secret, as status has it. */
  public static @Nullable String renew(Secret found) {
    return SecretData.annotation(found, Api.RENEW_ANNOTATION)
        .map(CachedMetadata::request)
        .orElse(null);
  }

  // it is encoded with the trust bundle, but for what a note under the seal tells. Of what somebody
  // else changed nobody knows: opening it takes a password that lies in no cache
  private static Optional<Set<Fingerprint>> truststore(
      Secret found, Integrity integrity, Optional<String> sealedNote) {
    if (SecretData.value(found, Keys.TRUSTSTORE).isEmpty()) {
      return Optional.empty();
    }
    return integrity == Integrity.TAMPERED
        ? Optional.of(Set.of())
        : sealedNote.map(LeafSecret::fingerprints);
  }

  private static String text(Set<Fingerprint> certificates) {
    return certificates.stream().map(Fingerprint::text).sorted().collect(Collectors.joining(","));
  }

  private static Set<Fingerprint> fingerprints(String note) {
    return Arrays.stream(note.split(",", -1))
        .flatMap(text -> Fingerprint.parse(text).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  // who may write the Secret may write what he likes into a note that nobody sealed
  private static SortedSet<CAName> admittedBy(LeafCert<?> leaf, Secret found, Seal seal) {
    String note = SecretData.annotation(found, Keys.ADMITTED_BY).orElse("");
    SortedSet<CAName> all = new TreeSet<>();
    if (!note.isEmpty()
        && Seal.matches(
            SecretData.annotation(found, Keys.ADMITTED_SEAL).orElse(null),
            seal.ofAdmission(leaf, note))) {
      for (String ca : note.split(",", -1)) {
        int slash = ca.indexOf('/');
        if (slash > 0) {
          all.add(new CAName(ca.substring(0, slash), ca.substring(slash + 1)));
        }
      }
    }
    return all;
  }

  private static TrustSources sources(LeafCert<?> leaf, Secret found, String digest, Seal seal) {
    return SecretData.annotation(found, Keys.TRUST_SOURCES)
        .filter(
            note ->
                Seal.matches(
                    SecretData.annotation(found, Keys.TRUST_SOURCES_SEAL).orElse(null),
                    seal.ofTrustSources(leaf, digest, note)))
        .map(TrustSources::parse)
        .orElseGet(TrustSources::unknown);
  }

  /** The CAs that a note on a Secret names, as far as it can be read; nothing vouches for it. */
  public static List<CAName> notedSources(Secret secret) {
    return SecretData.annotation(secret, Keys.TRUST_SOURCES)
        .map(note -> List.copyOf(TrustSources.parse(note).cas()))
        .orElseGet(List::of);
  }

  private static Integrity integrity(boolean reported, boolean sealedByUs) {
    if (reported) {
      return Integrity.AS_REPORTED;
    }
    return sealedByUs ? Integrity.NOT_YET_REPORTED : Integrity.TAMPERED;
  }

  /** The revision that status tells of; 0: none. No number that could not be counted up to. */
  public static int reportedRevision(@Nullable LeafStatus status) {
    return status == null || status.revision() == null
        ? 0
        : Math.max(0, Math.min(status.revision(), HIGHEST_REVISION));
  }

  /** The revision that follows on one. */
  public static int nextRevision(int revision) {
    return Math.min(revision + 1, HIGHEST_REVISION);
  }

  private static String conflict(LeafCert<?> leaf, Secret found) {
    String whose =
        Owners.controller(found)
            .map(owner -> "belongs to " + owner.getKind() + " '" + owner.getName() + "'")
            .orElse("was not written by this operator");
    return "Secret '"
        + found.getMetadata().getName()
        + "' "
        + whose
        + " and is left alone: delete it, or give this "
        + leaf.getKind()
        + " another name or spec.secretName";
  }

  private static boolean metadataCurrent(LeafCert<?> leaf, Secret found) {
    SecretTemplate template = leaf.getSpec().secretTemplate();
    List<OwnerReference> owners = List.of(Owners.reference(leaf));
    return Templates.has(Part.LABELS.of(found), labels(leaf))
        && templateCurrent(template, found)
        && Owners.same(found.getMetadata().getOwnerReferences(), owners);
  }

  private static boolean templateCurrent(SecretTemplate template, Secret found) {
    return CachedMetadata.isShortened(found)
        ? Templates.digest(found)
            .equals(Templates.digest(template.labels(), template.annotations()))
        : Templates.has(Part.LABELS.of(found), template.labels())
            && Templates.has(Part.ANNOTATIONS.of(found), template.annotations())
            && SecretData.annotation(found, Keys.TEMPLATE)
                .equals(Optional.of(Templates.keys(template.labels(), template.annotations())));
  }

  /**
   * Whether a Secret bears the seal of the leaf that it belongs to, or of one that has its name,
   * whatever has become of the leaf.
   */
  public static boolean isSealed(Secret found, Seal seal) {
    String kind = SecretData.label(found, Keys.KIND_LABEL).orElse("");
    String namespace = found.getMetadata().getNamespace();
    String name = found.getMetadata().getName();
    String leaf = Owners.controller(found).map(OwnerReference::getName).orElse(name);
    int revision = number(found, Keys.REVISION);
    String digest = SecretData.digest(found);
    return Seal.matches(
        SecretData.annotation(found, Keys.SEAL).orElse(null),
        seal.ofLeaf(
            kind,
            namespace,
            leaf,
            name,
            revision,
            digest,
            SecretData.annotation(found, Keys.TRUSTSTORE_BEHIND)));
  }

  private static Map<String, String> labels(LeafCert<?> leaf) {
    return Map.of(Keys.MANAGED_BY_LABEL, Keys.MANAGED_BY, Keys.KIND_LABEL, leaf.getKind());
  }

  private static int number(Secret secret, String annotation) {
    String text = SecretData.annotation(secret, annotation).orElse("0");
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  /** The first certificate of {@code tls.crt}: the leaf's. */
  public static Optional<X509Certificate> certificate(Secret secret) {
    return SecretData.firstCertificate(secret, Keys.TLS_CRT);
  }

  /** The certificates of {@code tls.crt}: the leaf first. */
  public static List<X509Certificate> chain(Secret secret) {
    return SecretData.certificates(secret, Keys.TLS_CRT);
  }
}
