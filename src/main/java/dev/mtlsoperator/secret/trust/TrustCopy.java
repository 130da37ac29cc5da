package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.Templates.Part;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A further copy of a trust bundle, and what shows that it is ours: labels, and a seal over its
 * place, its RootCA and its content.
 */
public final class TrustCopy {
  /**
   * Password of truststores in copies. It is known to everybody: what lies in them is public; none
   * at all would let Java see an empty truststore.
   */
  public static final String TRUSTSTORE_PASSWORD = "changeit";

  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

  private TrustCopy() {}

  /** What lies at a place. */
  public sealed interface Found {
    /** Nothing. */
    record Absent() implements Found {}

    /** Somebody else's, or another RootCA's. */
    record Foreign() implements Found {}

    /**
     * Ours.
     *
     * @param trusts numbers of the generations that it holds; none when its content was changed.
     *     What of a redacted Secret shows no certificate is taken for what is noted
     * @param trustSince when what it holds was changed last
     */
    record Ours(State state, Set<Integer> trusts, Optional<String> trustSince) implements Found {}
  }

  /** Whether a copy is as it should be. */
  public enum State {
    CURRENT,
    OUTDATED,
    /** Its content is not what was written, or nothing vouches for it. */
    CHANGED
  }

  /**
   * What is noted on a copy and vouched for by the seal.
   *
   * @param rootCAUid of the RootCA for which it was written last
   */
  public record Notes(
      String namespace,
      String rootCA,
      String rootCAUid,
      DeletionPolicy policy,
      Set<Integer> trusts,
      String inputs,
      String content) {
    public Notes {
      trusts = Set.copyOf(trusts);
    }
  }

  /** Labels by which the copies of a RootCA's trust bundle are found. */
  public static Map<String, String> labels(String namespace, String rootCA) {
    return Map.of(
        Keys.MANAGED_BY_LABEL,
        Keys.MANAGED_BY,
        Keys.KIND_LABEL,
        Keys.TRUST_BUNDLE,
        Keys.ROOT_CA_NAMESPACE_LABEL,
        namespace,
        Keys.ROOT_CA_LABEL,
        rootCA);
  }

  /** The object to create. */
  public static HasMetadata create(RootCA ca, Target target, TrustContent content, Seal seal) {
    return build(ca, target, content, null, Optional.empty(), seal);
  }

  /**
   * The object to put in place of one of ours, which must not be abridged. Labels, annotations,
   * finalizers and owners of others on it stay, and a truststore whose inputs are the same; its
   * resourceVersion guards the write.
   *
   * @param now noted where the certificates change
   */
  public static HasMetadata replace(
      RootCA ca, Target target, TrustContent content, HasMetadata live, Instant now, Seal seal) {
    return build(ca, target, content, live, Optional.of(now), seal);
  }

  /**
   * The object to create when one of ours had to be deleted, see {@link #mustBeMadeAnew}. Labels,
   * annotations and owners of others on it stay.
   *
   * @param now noted, since who reads it had another one before
   */
  public static HasMetadata createAnew(
      RootCA ca, Target target, TrustContent content, HasMetadata deleted, Instant now, Seal seal) {
    HasMetadata object = create(ca, target, content, seal);
    ObjectMeta metadata = object.getMetadata();
    Map<String, String> labels = Templates.others(deleted, Part.LABELS);
    labels.putAll(Part.LABELS.of(object));
    metadata.setLabels(labels);
    Map<String, String> annotations = Templates.others(deleted, Part.ANNOTATIONS);
    annotations.putAll(Part.ANNOTATIONS.of(object));
    annotations.put(Keys.TRUST_SINCE, now.toString());
    metadata.setAnnotations(annotations);
    metadata.setOwnerReferences(Owners.beside(deleted, owners(ca, target.place())));
    return object;
  }

  private static HasMetadata build(
      RootCA ca,
      Target target,
      TrustContent content,
      @Nullable HasMetadata live,
      Optional<Instant> now,
      Seal seal) {
    String inputs = inputs(target.bundle(), content);
    Optional<Notes> before = Optional.ofNullable(live).flatMap(found -> notes(found, seal));
    boolean same =
        live != null
            && before
                .filter(
                    n -> n.inputs().equals(inputs) && n.content().equals(TrustObject.digest(live)))
                .isPresent();
    HasMetadata object =
        same && live != null ? TrustObject.copy(live) : TrustObject.of(target, content);
    TrustBundle bundle = target.bundle();
    Map<String, String> labels = Templates.others(live, Part.LABELS);
    labels.putAll(bundle.labels());
    labels.putAll(labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName()));
    Map<String, String> annotations = Templates.others(live, Part.ANNOTATIONS);
    annotations.putAll(bundle.annotations());
    annotations.put(Keys.TEMPLATE, Templates.keys(bundle.labels(), bundle.annotations()));
    Notes notes =
        new Notes(
            ca.getMetadata().getNamespace(),
            ca.getMetadata().getName(),
            ca.getMetadata().getUid(),
            ca.getSpec().deletionPolicy(),
            content.generations().keySet(),
            inputs,
            TrustObject.digest(object));
    annotations.putAll(annotations(notes));
    annotations.put(Keys.SEAL, seal(target.place(), notes, seal));
    if (live != null && !same) {
      now.ifPresent(at -> annotations.put(Keys.TRUST_SINCE, at.toString()));
    }
    ObjectMeta metadata =
        new ObjectMetaBuilder()
            .withNamespace(target.place().namespace().isEmpty() ? null : target.place().namespace())
            .withName(target.place().name())
            .withResourceVersion(live == null ? null : live.getMetadata().getResourceVersion())
            .withFinalizers(live == null ? List.of() : live.getMetadata().getFinalizers())
            .withLabels(labels)
            .withAnnotations(annotations)
            .withOwnerReferences(Owners.beside(live, owners(ca, target.place())))
            .build();
    object.setMetadata(metadata);
    return object;
  }

  /** Whether an object of ours cannot be changed into what is wanted: it has to be made anew. */
  public static boolean mustBeMadeAnew(Target target, HasMetadata live) {
    return isImmutable(live)
        || (live instanceof Secret secret
            && !target.bundle().effectiveSecretType().equals(secret.getType()));
  }

  /**
   * Whether the API server refuses each change of its content for as long as it is there; the
   * object must not be abridged.
   */
  public static boolean isImmutable(HasMetadata live) {
    return (live instanceof Secret secret && Boolean.TRUE.equals(secret.getImmutable()))
        || (live instanceof ConfigMap map && Boolean.TRUE.equals(map.getImmutable()));
  }

  /**
   * What an object (null: none), abridged or not, is to a RootCA that wants a copy there. An
   * abridged one without a seal of ours counts as somebody else's: only the object itself tells
   * whether there is anything else in it.
   */
  public static Found judge(
      RootCA ca, Target target, TrustContent content, @Nullable HasMetadata found, Seal seal) {
    if (found == null) {
      return new Found.Absent();
    }
    Map<String, String> labels =
        labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    if (!Templates.has(Part.LABELS.of(found), labels)) {
      return new Found.Foreign();
    }
    Optional<Notes> notes = notes(found, seal).filter(n -> isOf(ca, n));
    if (notes.isEmpty() && !isOwned(ca, found) && !holdsNothingElse(target, content, found)) {
      return new Found.Foreign();
    }
    Optional<Notes> intact = notes.filter(n -> n.content().equals(content(found)));
    boolean current =
        intact
                .filter(n -> n.inputs().equals(inputs(target.bundle(), content)))
                .filter(n -> n.trusts().equals(content.generations().keySet()))
                .filter(n -> n.rootCAUid().equals(ca.getMetadata().getUid()))
                .filter(n -> n.policy() == ca.getSpec().deletionPolicy())
                .isPresent()
            && metadataCurrent(ca, target, found);
    return new Found.Ours(
        current ? State.CURRENT : intact.isPresent() ? State.OUTDATED : State.CHANGED,
        intact.map(n -> held(n, content, found)).orElse(Set.of()),
        Optional.ofNullable(Part.ANNOTATIONS.of(found).get(Keys.TRUST_SINCE)));
  }

  // a generation may have been restored with another certificate under its number: what is noted
  // counts where the one of today is there. A redacted copy may not show it, and is no evidence
  private static Set<Integer> held(Notes notes, TrustContent content, HasMetadata found) {
    Set<String> shown = certificates(found);
    return shown.isEmpty()
        ? notes.trusts()
        : notes.trusts().stream()
            .filter(
                number ->
                    Optional.ofNullable(content.generations().get(number))
                        .map(certificate -> brief(Pem.write(certificate)))
                        .filter(digest -> !shown.contains(digest))
                        .isEmpty())
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Digests of the certificates in an object as the operator wrote it, the same for an abridged
   * one; empty: none is shown.
   */
  public static Set<String> certificates(HasMetadata found) {
    String known = Part.ANNOTATIONS.of(found).get(CachedMetadata.CERTIFICATES);
    return known == null
        ? TrustObject.texts(found)
            .flatMap(text -> Arrays.stream(text.split("(?=" + BEGIN + ")", -1)))
            .filter(block -> block.startsWith(BEGIN))
            .map(TrustCopy::brief)
            .collect(Collectors.toUnmodifiableSet())
        : Set.of(known.split(",", -1));
  }

  // long enough to tell apart what a seal vouches for
  private static String brief(String pem) {
    return Digests.of(pem.strip()).substring(Digests.PREFIX.length(), Digests.PREFIX.length() + 32);
  }

  /**
   * What is noted on an object, abridged or not, if the seal vouches for it. It says what the
   * content was; whether it still is, a comparison with {@link #content} tells.
   */
  public static Optional<Notes> notes(HasMetadata found, Seal seal) {
    Map<String, String> labels = Part.LABELS.of(found);
    Map<String, String> annotations = Part.ANNOTATIONS.of(found);
    Optional<TrustPlace> place = TrustPlace.of(found);
    if (place.isEmpty() || !Keys.TRUST_BUNDLE.equals(labels.get(Keys.KIND_LABEL))) {
      return Optional.empty();
    }
    Notes notes =
        new Notes(
            labels.getOrDefault(Keys.ROOT_CA_NAMESPACE_LABEL, ""),
            labels.getOrDefault(Keys.ROOT_CA_LABEL, ""),
            annotations.getOrDefault(Keys.ROOT_CA_UID, ""),
            DeletionPolicy.Delete.name().equals(annotations.get(Keys.DELETION_POLICY))
                ? DeletionPolicy.Delete
                : DeletionPolicy.Retain,
            numbers(annotations.getOrDefault(Keys.TRUSTS, "")),
            annotations.getOrDefault(Keys.INPUTS, ""),
            annotations.getOrDefault(Keys.CONTENT, ""));
    return Seal.matches(annotations.get(Keys.SEAL), seal(place.get(), notes, seal))
        ? Optional.of(notes)
        : Optional.empty();
  }

  private static boolean isOf(RootCA ca, Notes notes) {
    return notes.namespace().equals(ca.getMetadata().getNamespace())
        && notes.rootCA().equals(ca.getMetadata().getName());
  }

  private static boolean isOwned(RootCA ca, HasMetadata found) {
    return Owners.controller(found)
        .filter(owner -> owner.getUid().equals(ca.getMetadata().getUid()))
        .isPresent();
  }

  // a copy from a backup, when the seal's key was lost: what is in it is ours
  private static boolean holdsNothingElse(Target target, TrustContent content, HasMetadata found) {
    return TrustObject.hasNoOtherKeys(target.bundle().effectiveKeys(), found)
        && TrustObject.certificates(target.bundle().effectiveKeys(), found)
            .filter(content::holdsAll)
            .isPresent();
  }

  private static boolean metadataCurrent(RootCA ca, Target target, HasMetadata found) {
    TrustBundle bundle = target.bundle();
    return Templates.digest(found).equals(Templates.digest(bundle.labels(), bundle.annotations()))
        && Owners.same(found.getMetadata().getOwnerReferences(), owners(ca, target.place()));
  }

  // PKCS#12 bytes are never twice the same: what they were made from is compared
  private static String inputs(TrustBundle bundle, TrustContent content) {
    return Digests.of(
        String.join(
            "\n",
            bundle.effectiveKeys().certificates(),
            String.valueOf(bundle.effectiveKeys().truststore()),
            bundle.effectiveSecretType(),
            content.pem()));
  }

  /** Digest of an object's whole content, the same for an object and for its abridged copy. */
  public static String content(HasMetadata object) {
    String known = Part.ANNOTATIONS.of(object).get(CachedMetadata.CONTENT);
    return known == null ? TrustObject.digest(object) : known;
  }

  public static Map<String, String> annotations(Notes notes) {
    return Map.of(
        Keys.ROOT_CA_UID,
        notes.rootCAUid(),
        Keys.DELETION_POLICY,
        notes.policy().name(),
        Keys.TRUSTS,
        text(notes.trusts()),
        Keys.INPUTS,
        notes.inputs(),
        Keys.CONTENT,
        notes.content());
  }

  private static String seal(TrustPlace place, Notes notes, Seal seal) {
    return seal.ofTrustCopy(
        place.kind().name(),
        place.namespace(),
        place.name(),
        notes.namespace(),
        notes.rootCA(),
        notes.rootCAUid(),
        notes.policy().name(),
        text(notes.trusts()),
        notes.inputs(),
        notes.content());
  }

  private static String text(Set<Integer> numbers) {
    return numbers.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static Set<Integer> numbers(String text) {
    return Arrays.stream(text.split(",", -1))
        .filter(number -> number.matches("[1-9][0-9]{0,8}"))
        .map(Integer::valueOf)
        .collect(Collectors.toSet());
  }

  // the garbage collector takes what lies beside the RootCA; all else is swept
  private static List<OwnerReference> owners(RootCA ca, TrustPlace place) {
    return place.namespace().equals(ca.getMetadata().getNamespace()) ? Owners.of(ca) : List.of();
  }
}
