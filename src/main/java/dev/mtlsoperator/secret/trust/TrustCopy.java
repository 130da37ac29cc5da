package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
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
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a trust bundle in a namespace or in the cluster, beyond the ConfigMap next to the
 * RootCA. Labels and a seal over its place, RootCA and content show that the operator wrote it.
 */
public final class TrustCopy {
  /**
   * Password of truststores in copies. It is well known because their content is public; without a
   * password Java would see an empty truststore.
   */
  public static final String TRUSTSTORE_PASSWORD = "changeit";

  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

  private TrustCopy() {}

  /** What was found where a copy belongs. */
  public sealed interface Found {
    /** Nothing. */
    record Absent() implements Found {}

    /** An object of somebody else, or a copy of another RootCA. */
    record Foreign() implements Found {}

    /**
     * A copy of this RootCA.
     *
     * @param trusts numbers of the generations that it holds; none if its content was changed. The
     *     notes count for a redacted Secret that shows no certificate
     * @param trustSince when its certificates last changed
     */
    record Ours(State state, Set<Integer> trusts, Optional<String> trustSince) implements Found {}
  }

  /** Whether a copy is as it should be. */
  public enum State {
    CURRENT,
    OUTDATED,
    /** Somebody else changed its content, or its seal. */
    CHANGED
  }

  /**
   * What the annotations of a copy tell, and its seal vouches for.
   *
   * @param rootCAUid uid of the RootCA for which it was last written
   * @param inputs digest of all that the content was made from
   * @param content digest of the content
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

  /** The labels that select the copies of a RootCA's trust bundle. */
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

  /**
   * The object to create.
   *
   * @param now noted if its bundle has further objects
   */
  public static HasMetadata create(
      RootCA ca, Target target, TrustContent content, Instant now, Seal seal) {
    return DesiredTrustCopy.of(ca, target, content).create(now, seal);
  }

  /**
   * The object to write over a copy of ours that was read live. Labels, annotations, finalizers and
   * owners of others stay, and so does a truststore with the same inputs; the resourceVersion
   * guards the write.
   *
   * @param now noted if the certificates change
   */
  public static HasMetadata replace(
      RootCA ca, Target target, TrustContent content, HasMetadata live, Instant now, Seal seal) {
    return DesiredTrustCopy.of(ca, target, content).replace(live, now, seal);
  }

  /**
   * The object to create after a copy of ours was deleted, see {@link #mustBeMadeAnew}. Labels,
   * annotations and owners of others stay.
   *
   * @param now noted, since verifiers had another copy before
   */
  public static HasMetadata createAnew(
      RootCA ca, Target target, TrustContent content, HasMetadata deleted, Instant now, Seal seal) {
    return DesiredTrustCopy.of(ca, target, content).createAnew(deleted, now, seal);
  }

  /** Whether the API server would refuse to update a copy, so that it has to be deleted first. */
  public static boolean mustBeMadeAnew(Target target, HasMetadata live) {
    return isImmutable(live)
        || (live instanceof Secret secret
            && !target.bundle().effectiveSecretType().equals(secret.getType()));
  }

  /**
   * Whether the API server refuses every change of an object's content; the object must be live,
   * not from a cache.
   */
  public static boolean isImmutable(HasMetadata live) {
    return (live instanceof Secret secret && Boolean.TRUE.equals(secret.getImmutable()))
        || (live instanceof ConfigMap map && Boolean.TRUE.equals(map.getImmutable()));
  }

  /**
   * Judges the object (null: none) at the place of a copy. An object from a cache without a seal of
   * ours counts as foreign: only the live object shows whether it holds anything else.
   */
  public static Found judge(
      RootCA ca, Target target, TrustContent bundled, @Nullable HasMetadata found, Seal seal) {
    if (found == null) {
      return new Found.Absent();
    }
    Map<String, String> labels =
        labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    if (!Templates.has(Part.LABELS.of(found), labels)) {
      return new Found.Foreign();
    }
    TrustContent content = target.of(bundled);
    Optional<Notes> notes = notes(found, seal).filter(n -> isOf(ca, n));
    if (notes.isEmpty() && !isOwned(ca, found) && !holdsNothingElse(target, content, found)) {
      return new Found.Foreign();
    }
    DesiredTrustCopy desired = new DesiredTrustCopy(ca, target, content);
    Optional<Notes> intact = notes.filter(n -> n.content().equals(content(found)));
    boolean current =
        intact
                .filter(n -> n.inputs().equals(desired.inputs()))
                .filter(n -> n.trusts().equals(content.generations().keySet()))
                .filter(n -> n.rootCAUid().equals(ca.getMetadata().getUid()))
                .filter(n -> n.policy() == ca.getSpec().deletionPolicy())
                .isPresent()
            && desired.metadataCurrent(found);
    return new Found.Ours(
        current ? State.CURRENT : intact.isPresent() ? State.OUTDATED : State.CHANGED,
        intact.map(n -> held(n, content, found)).orElse(Set.of()),
        Optional.ofNullable(Part.ANNOTATIONS.of(found).get(Keys.TRUST_SINCE)));
  }

  // a restored generation may have another certificate under the same number: a note counts only if
  // the certificate of today is there. A redacted Secret that hides certificates disproves nothing
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
   * Digests of the certificates in a copy as the operator wrote it, the same for a live object and
   * for its cached projection; empty if it shows none.
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

  // long enough to distinguish certificates that a seal vouches for
  private static String brief(String pem) {
    return Digests.of(pem.strip()).substring(Digests.PREFIX.length(), Digests.PREFIX.length() + 32);
  }

  /**
   * The notes on an object, cached or live, if the seal vouches for them. They tell what the
   * content was; compare with {@link #content} to know whether it still is.
   */
  public static Optional<Notes> notes(HasMetadata found, Seal seal) {
    return TrustCopySeal.read(found, seal);
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

  // a copy from a backup after the seal's key was lost: it is ours if all certificates are
  private static boolean holdsNothingElse(Target target, TrustContent content, HasMetadata found) {
    return TrustObject.hasNoOtherKeys(target.bundle().effectiveKeys(), found)
        && TrustObject.certificates(target.bundle().effectiveKeys(), found)
            .filter(content::holdsAll)
            .isPresent();
  }

  /** All texts in a copy that was read live. */
  public static Stream<String> texts(HasMetadata live) {
    return TrustObject.texts(live);
  }

  /** Digest of the whole content, the same for a live object and its cached projection. */
  public static String content(HasMetadata object) {
    String known = Part.ANNOTATIONS.of(object).get(CachedMetadata.CONTENT);
    return known == null ? TrustObject.digest(object) : known;
  }
}
