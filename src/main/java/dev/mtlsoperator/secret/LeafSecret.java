package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.LeafStatus;
import dev.mtlsoperator.api.SecretTemplate;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.rotation.Holding;
import dev.mtlsoperator.rotation.Holding.Integrity;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How a leaf lies in its Secret. */
public final class LeafSecret {
  private LeafSecret() {}

  /**
   * What the operator notes on the Secret beside its content.
   *
   * @param revision how many certificates were issued, this one included
   * @param layout digest, see {@link Layout}
   * @param renew the value of the {@code renew} annotation that is honoured by it
   */
  public record Notes(int revision, int caGeneration, String layout, @Nullable String renew) {}

  /**
   * The Secret to write.
   *
   * @param replaced what lies there now; null: nothing. Labels and annotations of others on it
   *     stay, its resourceVersion guards the write
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
    Map<String, String> labels = others(replaced, Part.LABELS);
    labels.putAll(template.labels());
    labels.putAll(labels(leaf));
    Map<String, String> annotations = others(replaced, Part.ANNOTATIONS);
    annotations.putAll(template.annotations());
    annotations.put(Keys.TEMPLATE, templateKeys(template));
    annotations.put(Keys.REVISION, Integer.toString(notes.revision()));
    annotations.put(Keys.GENERATION, Integer.toString(notes.caGeneration()));
    annotations.put(Keys.LAYOUT, notes.layout());
    annotations.put(
        Keys.SEAL, seal.ofLeaf(leaf, notes.revision(), Digests.ofContent(Keys.TYPE_TLS, data)));
    if (replaced != null
        && Pem.adds(
            SecretData.text(replaced, Keys.CA_CRT).orElse(""),
            new String(files.getOrDefault(Keys.CA_CRT, new byte[0]), StandardCharsets.UTF_8))) {
      annotations.put(Keys.TRUST_SINCE, now.toString());
    }
    if (notes.renew() != null) {
      annotations.put(dev.mtlsoperator.api.Api.RENEW_ANNOTATION, notes.renew());
    }
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.effectiveSecretName())
        .withResourceVersion(replaced == null ? null : replaced.getMetadata().getResourceVersion())
        .withLabels(labels)
        .withAnnotations(annotations)
        .withOwnerReferences(Owners.reference(leaf))
        .endMetadata()
        .withType(Keys.TYPE_TLS)
        .withData(data)
        .build();
  }

  /** What a Secret (null: none), redacted or not, is to a leaf. */
  public static Holding judge(LeafCert<?> leaf, @Nullable Secret found, Seal seal) {
    if (found == null) {
      return new Holding.Absent();
    }
    String uid = leaf.getMetadata().getUid();
    LeafStatus status = leaf.getStatus();
    String digest = SecretData.digest(found);
    int revision = number(found, Keys.REVISION);
    boolean sealedByUs =
        Seal.matches(
            SecretData.annotation(found, Keys.SEAL).orElse(null),
            seal.ofLeaf(leaf, revision, digest));
    boolean reported = status != null && digest.equals(status.secretDigest());
    Optional<OwnerReference> owner = Owners.controller(found);
    boolean owned = owner.filter(controller -> controller.getUid().equals(uid)).isPresent();
    boolean writtenBefore = status != null && status.secretDigest() != null;
    boolean restored = sealedByUs && owner.isEmpty();
    if (!restored && !(owned && (sealedByUs || writtenBefore))) {
      return new Holding.Foreign(conflict(leaf, found));
    }
    return new Holding.Ours(
        integrity(reported, sealedByUs && revision >= reportedRevision(status)),
        SecretData.certificates(found, Keys.TLS_CRT).stream().findFirst(),
        Math.max(revision, reportedRevision(status)),
        number(found, Keys.GENERATION),
        SecretData.text(found, Keys.CA_CRT).orElse(""),
        SecretData.annotation(found, Keys.LAYOUT).orElse(""),
        metadataCurrent(leaf, found),
        status != null && status.renew() != null
            ? status.renew()
            : SecretData.annotation(found, dev.mtlsoperator.api.Api.RENEW_ANNOTATION).orElse(null));
  }

  private static Integrity integrity(boolean reported, boolean sealedByUs) {
    if (reported) {
      return Integrity.AS_REPORTED;
    }
    return sealedByUs ? Integrity.NOT_YET_REPORTED : Integrity.TAMPERED;
  }

  private static int reportedRevision(@Nullable LeafStatus status) {
    return status == null || status.revision() == null ? 0 : status.revision();
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
    return has(found.getMetadata().getLabels(), labels(leaf))
        && has(found.getMetadata().getLabels(), template.labels())
        && has(found.getMetadata().getAnnotations(), template.annotations())
        && SecretData.annotation(found, Keys.TEMPLATE).equals(Optional.of(templateKeys(template)))
        && Owners.same(found.getMetadata().getOwnerReferences(), owners);
  }

  private static boolean has(@Nullable Map<String, String> all, Map<String, String> wanted) {
    return wanted.isEmpty() || (all != null && all.entrySet().containsAll(wanted.entrySet()));
  }

  private static Map<String, String> labels(LeafCert<?> leaf) {
    return Map.of(Keys.MANAGED_BY_LABEL, Keys.MANAGED_BY, Keys.KIND_LABEL, leaf.getKind());
  }

  private enum Part {
    LABELS("l:"),
    ANNOTATIONS("a:");

    private final String mark;

    Part(String mark) {
      this.mark = mark;
    }

    private @Nullable Map<String, String> of(Secret secret) {
      return switch (this) {
        case LABELS -> secret.getMetadata().getLabels();
        case ANNOTATIONS -> secret.getMetadata().getAnnotations();
      };
    }
  }

  private static String templateKeys(SecretTemplate template) {
    TreeSet<String> keys = new TreeSet<>();
    template.labels().keySet().forEach(key -> keys.add(Part.LABELS.mark + key));
    template.annotations().keySet().forEach(key -> keys.add(Part.ANNOTATIONS.mark + key));
    return String.join(",", keys);
  }

  private static Map<String, String> others(@Nullable Secret replaced, Part part) {
    Map<String, String> all = replaced == null ? null : part.of(replaced);
    Map<String, String> others = new HashMap<>(Objects.requireNonNullElse(all, Map.of()));
    if (replaced != null) {
      for (String key : SecretData.annotation(replaced, Keys.TEMPLATE).orElse("").split(",", -1)) {
        if (key.startsWith(part.mark)) {
          others.remove(key.substring(part.mark.length()));
        }
      }
    }
    return others;
  }

  private static int number(Secret secret, String annotation) {
    String text = SecretData.annotation(secret, annotation).orElse("0");
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  /** The certificates of {@code tls.crt}: the leaf first. */
  public static List<X509Certificate> chain(Secret secret) {
    return SecretData.certificates(secret, Keys.TLS_CRT);
  }
}
