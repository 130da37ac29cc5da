package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The annotations by which a generation's Secret remembers milestones and what outlives deleted
 * generations. One seal covers all of them together with a growing revision, so that a note that
 * somebody else adds, changes or removes is detected, and so is an older state.
 */
public final class GenerationNotes {
  /** The keys of all notes that are read; the seal covers all of them. */
  private static final Set<String> NOTES =
      Set.of(
          Keys.DISTRIBUTED_AT,
          Keys.SIGNING_SINCE,
          Keys.UNUSED_SINCE,
          Keys.LAST_LEAF_NOT_AFTER,
          Keys.REISSUE,
          Keys.DISTRUSTS,
          Keys.RETIRES,
          Keys.HIGHEST,
          Keys.REASON,
          Keys.IMPORTED_FROM,
          Api.ROTATE_ANNOTATION);

  private GenerationNotes() {}

  /** The keys of all notes and of their seal: no other annotation needs to be cached. */
  public static Set<String> keys() {
    Set<String> all = new HashSet<>(NOTES);
    all.addAll(Set.of(Keys.SEAL, Keys.MILESTONES_SEAL, Keys.MILESTONES_REVISION));
    return all;
  }

  /** Whether two copies of a Secret show the same notes and seals. */
  static boolean showSame(Secret one, Secret other) {
    return keys().stream()
        .allMatch(key -> SecretData.annotation(one, key).equals(SecretData.annotation(other, key)));
  }

  /** Removes all notes from annotations. */
  static void removeFrom(Map<String, String> annotations) {
    annotations.keySet().removeAll(NOTES);
  }

  /** Fingerprints as a note. */
  static String text(Set<Fingerprint> fingerprints) {
    return fingerprints.stream().map(Fingerprint::text).sorted().collect(Collectors.joining(","));
  }

  /** Seals the notes in annotations with their new revision. */
  static void seal(Map<String, String> annotations, long revision, Seal seal) {
    annotations.put(Keys.MILESTONES_REVISION, Long.toString(revision));
    annotations.put(
        Keys.MILESTONES_SEAL,
        seal.ofMilestones(
            annotations.getOrDefault(Keys.SEAL, ""), revision, underTheSeal(annotations)));
  }

  private static SortedMap<String, String> underTheSeal(Map<String, String> annotations) {
    SortedMap<String, String> notes = new TreeMap<>(annotations);
    notes.keySet().retainAll(NOTES);
    return notes;
  }

  /** Whether the notes on a Secret that bears a valid {@link GenerationSeal} are proven as well. */
  static Proof proof(Secret secret, Seal seal) {
    Map<String, String> annotations = secret.getMetadata().getAnnotations();
    String found = annotations.get(Keys.MILESTONES_SEAL);
    String revision = annotations.getOrDefault(Keys.MILESTONES_REVISION, "");
    if (found == null) {
      return new Proof.Broken("its annotation " + Keys.MILESTONES_SEAL + " is missing");
    }
    if (!revision.matches("[1-9][0-9]{0,17}")) {
      return new Proof.Broken(
          "its annotation " + Keys.MILESTONES_REVISION + " is not what this operator wrote");
    }
    long number = Long.parseLong(revision);
    String expected =
        seal.ofMilestones(
            annotations.getOrDefault(Keys.SEAL, ""), number, underTheSeal(annotations));
    return Seal.matches(found, expected)
        ? new Proof.Holds(number)
        : new Proof.Broken(
            "its annotations "
                + Api.GROUP
                + "/… are not those that this operator wrote: one was changed, added or removed");
  }

  /** Milestones as annotations. */
  static Map<String, String> of(GenerationMilestones milestones) {
    Map<String, String> annotations = new HashMap<>();
    milestones.distributedAt().ifPresent(at -> annotations.put(Keys.DISTRIBUTED_AT, at.toString()));
    milestones.signingSince().ifPresent(at -> annotations.put(Keys.SIGNING_SINCE, at.toString()));
    milestones.unusedSince().ifPresent(at -> annotations.put(Keys.UNUSED_SINCE, at.toString()));
    milestones
        .lastLeafNotAfter()
        .ifPresent(at -> annotations.put(Keys.LAST_LEAF_NOT_AFTER, at.toString()));
    milestones.rotate().ifPresent(value -> annotations.put(Api.ROTATE_ANNOTATION, value));
    annotations.put(Keys.REISSUE, milestones.reissue().name());
    if (!milestones.distrusts().isEmpty()) {
      annotations.put(Keys.DISTRUSTS, text(milestones.distrusts()));
    }
    if (milestones.retires() > 0) {
      annotations.put(Keys.RETIRES, Integer.toString(milestones.retires()));
    }
    return annotations;
  }

  /**
   * The milestones in the notes on a Secret, whether or not they are proven; one that cannot be
   * read counts as not reached.
   */
  static GenerationMilestones milestones(Secret secret) {
    return new GenerationMilestones(
        instant(secret, Keys.DISTRIBUTED_AT),
        instant(secret, Keys.SIGNING_SINCE),
        instant(secret, Keys.UNUSED_SINCE),
        instant(secret, Keys.LAST_LEAF_NOT_AFTER),
        SecretData.annotation(secret, Keys.REISSUE)
            .filter(Reissue.Immediately.name()::equals)
            .map(immediately -> Reissue.Immediately)
            .orElse(Reissue.OnRenewal),
        SecretData.annotation(secret, Api.ROTATE_ANNOTATION),
        Arrays.stream(SecretData.annotation(secret, Keys.DISTRUSTS).orElse("").split(",", -1))
            .flatMap(text -> Fingerprint.parse(text).stream())
            .collect(Collectors.toUnmodifiableSet()),
        SecretData.annotation(secret, Keys.RETIRES)
            .filter(text -> text.matches("[0-9]{1,9}"))
            .map(Integer::parseInt)
            .orElse(0));
  }

  private static Optional<Instant> instant(Secret secret, String key) {
    return SecretData.annotation(secret, key).flatMap(Timestamps::parse);
  }
}
