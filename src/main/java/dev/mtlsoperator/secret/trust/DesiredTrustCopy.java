package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.Templates.Part;
import dev.mtlsoperator.secret.trust.TrustCopy.Notes;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A copy of a trust bundle as a RootCA wants it at a place.
 *
 * @param content what belongs at the place
 */
record DesiredTrustCopy(RootCA ca, Target target, TrustContent content) {
  /** The copy at a place, of all that the RootCA trusts. */
  static DesiredTrustCopy of(RootCA ca, Target target, TrustContent bundled) {
    return new DesiredTrustCopy(ca, target, target.of(bundled));
  }

  /** A new object. */
  HasMetadata create(Instant now, Seal seal) {
    HasMetadata object = TrustObject.of(target, content);
    Map<String, String> annotations = annotations(Map.of(), object, seal);
    if (target.only().isPresent()) {
      // where the bundle has other objects already, a new one is a change of what it holds
      annotations.put(Keys.TRUST_SINCE, now.toString());
    }
    object.setMetadata(metadata(labels(Map.of()), annotations));
    object.getMetadata().setOwnerReferences(owners());
    return object;
  }

  /** See {@link TrustCopy#replace}. */
  HasMetadata replace(HasMetadata live, Instant now, Seal seal) {
    boolean same = isCurrent(live, seal);
    Optional<HasMetadata> intact = intact(live, seal);
    HasMetadata object =
        same
            ? TrustObject.copy(live)
            : intact
                .map(before -> TrustObject.of(target, content, before))
                .orElseGet(() -> TrustObject.of(target, content));
    Map<String, String> annotations =
        annotations(Templates.others(live, Part.ANNOTATIONS), object, seal);
    TrustBundleKeys keys = target.bundle().effectiveKeys();
    if (!same
        && intact.filter(before -> TrustObject.holdSameTrust(keys, before, object)).isEmpty()) {
      annotations.put(Keys.TRUST_SINCE, now.toString());
    }
    ObjectMeta metadata = metadata(labels(Templates.others(live, Part.LABELS)), annotations);
    metadata.setResourceVersion(live.getMetadata().getResourceVersion());
    metadata.setFinalizers(live.getMetadata().getFinalizers());
    metadata.setOwnerReferences(Owners.beside(live, owners()));
    object.setMetadata(metadata);
    return object;
  }

  /** See {@link TrustCopy#createAnew}. */
  HasMetadata createAnew(HasMetadata deleted, Instant now, Seal seal) {
    HasMetadata object = TrustObject.of(target, content);
    Map<String, String> annotations =
        annotations(Templates.others(deleted, Part.ANNOTATIONS), object, seal);
    annotations.put(Keys.TRUST_SINCE, now.toString());
    ObjectMeta metadata = metadata(labels(Templates.others(deleted, Part.LABELS)), annotations);
    metadata.setOwnerReferences(Owners.beside(deleted, owners()));
    object.setMetadata(metadata);
    return object;
  }

  private static Optional<HasMetadata> intact(HasMetadata live, Seal seal) {
    return TrustCopySeal.read(live, seal)
        .filter(n -> n.content().equals(TrustObject.digest(live)))
        .map(n -> live);
  }

  private boolean isCurrent(HasMetadata live, Seal seal) {
    return TrustCopySeal.read(live, seal)
        .filter(n -> n.inputs().equals(inputs()))
        .filter(n -> n.content().equals(TrustObject.digest(live)))
        .isPresent();
  }

  private Map<String, String> labels(Map<String, String> others) {
    Map<String, String> labels = new HashMap<>(others);
    labels.putAll(target.bundle().labels());
    labels.putAll(TrustCopy.labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName()));
    return labels;
  }

  private Map<String, String> annotations(
      Map<String, String> others, HasMetadata object, Seal seal) {
    TrustBundle bundle = target.bundle();
    Map<String, String> annotations = new HashMap<>(others);
    annotations.putAll(bundle.annotations());
    annotations.put(Keys.TEMPLATE, Templates.keys(bundle.labels(), bundle.annotations()));
    Notes notes =
        new Notes(
            ca.getMetadata().getNamespace(),
            ca.getMetadata().getName(),
            ca.getMetadata().getUid(),
            ca.getSpec().deletionPolicy(),
            content.generations().keySet(),
            inputs(),
            TrustObject.digest(object));
    annotations.putAll(TrustCopySeal.annotations(notes));
    annotations.put(Keys.SEAL, TrustCopySeal.of(target.place(), notes, seal));
    return annotations;
  }

  private ObjectMeta metadata(Map<String, String> labels, Map<String, String> annotations) {
    String namespace = target.place().namespace();
    return new ObjectMetaBuilder()
        .withNamespace(namespace.isEmpty() ? null : namespace)
        .withName(target.place().name())
        .withLabels(labels)
        .withAnnotations(annotations)
        .build();
  }

  /** Whether labels, annotations and owners of an object, cached or live, are as desired. */
  boolean metadataCurrent(HasMetadata found) {
    TrustBundle bundle = target.bundle();
    return Templates.isCurrent(found, bundle.labels(), bundle.annotations())
        && Owners.same(found.getMetadata().getOwnerReferences(), owners());
  }

  /** Digest of what the content is made from, because PKCS#12 never has the same bytes twice. */
  String inputs() {
    TrustBundle bundle = target.bundle();
    return Digests.of(
        certificateInputs()
            // without CRLs: the same as in releases that did not know them
            + Optional.ofNullable(bundle.effectiveKeys().revocations())
                .map(key -> "\n" + key + "\n" + content.revocations().orElse(""))
                .orElse("")
            + Optional.ofNullable(bundle.effectiveKeys().id())
                .map(key -> "\nid\n" + key)
                .orElse(""));
  }

  private String certificateInputs() {
    TrustBundle bundle = target.bundle();
    return String.join(
        "\n",
        bundle.effectiveKeys().certificates(),
        String.valueOf(bundle.effectiveKeys().truststore()),
        bundle.effectiveSecretType(),
        content.pem());
  }

  // the garbage collector deletes what lies next to the RootCA; the operator sweeps all else
  private List<OwnerReference> owners() {
    return target.place().namespace().equals(ca.getMetadata().getNamespace())
        ? Owners.of(ca)
        : List.of();
  }
}
