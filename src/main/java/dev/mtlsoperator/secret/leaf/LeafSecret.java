package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.DeletionPolicy;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** Reads and writes the Secret of a leaf, of type {@code kubernetes.io/tls}. */
public final class LeafSecret {
  /** Revisions stop here: no certificate is issued this often. */
  private static final int HIGHEST_REVISION = 999_999_999;

  private LeafSecret() {}

  /**
   * What the operator notes on the Secret in addition to its content.
   *
   * @param revision how many certificates were issued, including this one
   * @param caGeneration number of the generation that signed the certificate
   * @param layout digest, see {@link Layout}
   * @param additional digest of the additional certificates in its trust bundle; empty if there are
   *     none
   * @param admittedBy the CAs of other namespaces that admit the leaf
   * @param sources the CA from which each certificate in its trust bundle comes
   * @param renew the value of the {@code renew} annotation that was carried out
   * @param truststore the certificates in the truststore if they differ from the trust bundle
   * @param revocations digest of the CRLs that it was given; empty: none
   */
  public record Notes(
      int revision,
      int caGeneration,
      String layout,
      String additional,
      SortedSet<CAName> admittedBy,
      TrustSources sources,
      @Nullable String renew,
      Optional<Set<Fingerprint>> truststore,
      String revocations) {}

  /**
   * The Secret to write.
   *
   * @param replaced the live Secret, or null. Labels, annotations, finalizers and owners of others
   *     stay, and its resourceVersion guards the write
   * @param now noted if the trust bundle grows; nothing waits for a removal
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
    retain(leaf, annotations);
    LeafNotes.write(leaf, notes, Digests.ofContent(Keys.TYPE_TLS, data), annotations, seal);
    if (replaced != null && addsTrust(replaced, files)) {
      annotations.put(Keys.TRUST_SINCE, now.toString());
    }
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.effectiveSecretName())
        .withResourceVersion(replaced == null ? null : replaced.getMetadata().getResourceVersion())
        .withFinalizers(replaced == null ? List.of() : replaced.getMetadata().getFinalizers())
        .withLabels(labels)
        .withAnnotations(annotations)
        .withOwnerReferences(Owners.beside(replaced, Owners.of(leaf)))
        .endMetadata()
        .withType(Keys.TYPE_TLS)
        .withData(data)
        .build();
  }

  private static void retain(LeafCert<?> leaf, Map<String, String> annotations) {
    if (leaf.getSpec().deletionPolicy() == DeletionPolicy.Retain) {
      annotations.put(Keys.RETAINED_FOR, leaf.getMetadata().getName());
    } else {
      annotations.remove(Keys.RETAINED_FOR);
    }
  }

  private static boolean addsTrust(Secret replaced, SortedMap<String, byte[]> files) {
    return Pem.adds(
        SecretData.text(replaced, Keys.CA_CRT).orElse(""),
        new String(files.getOrDefault(Keys.CA_CRT, new byte[0]), StandardCharsets.UTF_8));
  }

  /** Judges the Secret (null: none), cached or live, that has the name of a leaf's Secret. */
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
    if (!restored && !((owned || isRetained(leaf, found)) && (sealedByUs || writtenBefore))) {
      return new SecretState.Unmanaged(conflict(leaf, found));
    }
    Integrity integrity = integrity(reported, sealedByUs && revision >= reportedRevision(status));
    Optional<Set<Fingerprint>> truststore =
        LeafNotes.truststore(found, integrity, note.filter(text -> sealedByUs));
    return new SecretState.Managed(
        integrity,
        certificate(found),
        Math.max(revision, reportedRevision(status)),
        number(found, Keys.GENERATION),
        SecretData.text(found, Keys.CA_CRT).orElse(""),
        SecretData.annotation(found, Keys.ADDITIONAL_TRUST).orElse(""),
        LeafNotes.admittedBy(leaf, found, seal),
        LeafNotes.sources(leaf, found, digest, seal),
        // a truststore that lags behind is encoded anew, whatever layout is noted
        truststore.isPresent() ? "" : SecretData.annotation(found, Keys.LAYOUT).orElse(""),
        metadataCurrent(leaf, found),
        status != null && status.renew() != null ? status.renew() : renew(found),
        truststore,
        SecretData.annotation(found, Keys.REVOCATIONS).orElse(""));
  }

  /** The {@code renew} annotation noted on a Secret, shortened as in status. */
  public static @Nullable String renew(Secret found) {
    return SecretData.annotation(found, Api.RENEW_ANNOTATION)
        .map(CachedMetadata::request)
        .orElse(null);
  }

  /** The CAs in a note on a Secret, as far as it can be read; no seal is checked. */
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

  /** The revision in status, within bounds; 0 if there is none. */
  public static int reportedRevision(@Nullable LeafStatus status) {
    return status == null || status.revision() == null
        ? 0
        : Math.max(0, Math.min(status.revision(), HIGHEST_REVISION));
  }

  /** The revision after the given one. */
  public static int nextRevision(int revision) {
    return Math.min(revision + 1, HIGHEST_REVISION);
  }

  // without an owner: who changed it, or wrote another one, left our labels and the leaf's name
  private static boolean isRetained(LeafCert<?> leaf, Secret found) {
    return leaf.getSpec().deletionPolicy() == DeletionPolicy.Retain
        && Owners.controller(found).isEmpty()
        && Templates.has(Part.LABELS.of(found), labels(leaf))
        && SecretData.annotation(found, Keys.RETAINED_FOR)
            .equals(Optional.of(leaf.getMetadata().getName()));
  }

  private static String conflict(LeafCert<?> leaf, Secret found) {
    String whose =
        Owners.controller(found)
            .map(owner -> "belongs to " + owner.getKind() + " '" + owner.getName() + "'")
            .or(
                () ->
                    SecretData.annotation(found, Keys.RETAINED_FOR)
                        .map(CachedMetadata::bounded)
                        .map(name -> "was kept for '" + name + "' (deletionPolicy: Retain)"))
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
    return Templates.has(Part.LABELS.of(found), labels(leaf))
        && templateCurrent(template, found)
        && isRetained(leaf, found) == (leaf.getSpec().deletionPolicy() == DeletionPolicy.Retain)
        && Owners.same(found.getMetadata().getOwnerReferences(), Owners.of(leaf));
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
   * Whether a Secret bears the seal of its owner, or without an owner of the leaf for which it is
   * retained or that has its own name; the leaf need not exist any more.
   */
  public static boolean isSealed(Secret found, Seal seal) {
    String kind = SecretData.label(found, Keys.KIND_LABEL).orElse("");
    String namespace = found.getMetadata().getNamespace();
    String name = found.getMetadata().getName();
    String leaf =
        Owners.controller(found)
            .map(OwnerReference::getName)
            .or(() -> SecretData.annotation(found, Keys.RETAINED_FOR))
            .orElse(name);
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

  /** The leaf's certificate, which is the first in {@code tls.crt}. */
  public static Optional<X509Certificate> certificate(Secret secret) {
    return SecretData.firstCertificate(secret, Keys.TLS_CRT);
  }

  /** The certificates in {@code tls.crt}, the leaf's first. */
  public static List<X509Certificate> chain(Secret secret) {
    return SecretData.certificates(secret, Keys.TLS_CRT);
  }
}
