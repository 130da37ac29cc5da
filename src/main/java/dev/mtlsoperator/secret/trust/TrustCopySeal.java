package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.Templates.Part;
import dev.mtlsoperator.secret.trust.TrustCopy.Notes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The seal on a copy of a trust bundle, and the annotations that it covers: proves that the
 * operator wrote this content for this RootCA at this place.
 */
public final class TrustCopySeal {
  private TrustCopySeal() {}

  /** The notes on an object, cached or live, if the seal vouches for them. */
  static Optional<Notes> read(HasMetadata found, Seal seal) {
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
    return Seal.matches(annotations.get(Keys.SEAL), of(place.get(), notes, seal))
        ? Optional.of(notes)
        : Optional.empty();
  }

  /** Notes as annotations. */
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

  /** The seal over a place and its notes. */
  static String of(TrustPlace place, Notes notes, Seal seal) {
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
}
