package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The numbers that generations of a CA have or had. */
public final class GenerationNumbers {
  /** A higher number is not credible without a seal. */
  public static final int HIGHEST_UNPROVEN = 999_999;

  private GenerationNumbers() {}

  /**
   * The highest number known from names, status and leaves; 0: none. A name that a foreign object
   * has taken is skipped.
   */
  public static int highestKnown(
      RootCA ca, Collection<Secret> found, Collection<Sealed> sealed, int highestOfLeaves) {
    Set<String> taken =
        found.stream().map(secret -> secret.getMetadata().getName()).collect(Collectors.toSet());
    int highest = Math.max(highest(ca, found, sealed), highestOfLeaves);
    while (taken.contains(GenerationSecret.name(ca.getMetadata().getName(), highest + 1))) {
      highest++;
    }
    return highest;
  }

  /**
   * The highest number in names, seals and status. A number without a seal may be invented, and
   * counts only if it is {@linkplain #isCredible credible}.
   */
  public static int highest(RootCA ca, Collection<Secret> found, Collection<Sealed> sealed) {
    IntStream ofNames =
        found.stream()
            .flatMapToInt(
                secret ->
                    GenerationSecret.number(
                        ca.getMetadata().getName(), secret.getMetadata().getName())
                        .stream())
            .filter(number -> number <= HIGHEST_UNPROVEN);
    IntStream ofSealed =
        sealed.stream().mapToInt(g -> Math.max(g.number(), GenerationSecret.highest(g)));
    return IntStream.concat(
            IntStream.concat(ofNames, ofSealed),
            IntStream.concat(
                ofStatus(ca).stream().mapToInt(Integer::intValue),
                highest(ReportedStatus.of(ca).history())))
        .max()
        .orElse(0);
  }

  // a generation that was deleted before status listed it had its number too
  private static IntStream highest(History history) {
    return IntStream.of(
        history.highest(), history.created().map(History.Created::number).orElse(0));
  }

  /** Whether counting can have reached a number that no seal proves. */
  public static boolean isCredible(int number) {
    return number > 0 && number <= HIGHEST_UNPROVEN;
  }

  /** The numbers in status that are {@linkplain #isCredible credible}. */
  public static List<Integer> ofStatus(RootCA ca) {
    return ca.getStatus() == null
        ? List.of()
        : ca.getStatus().generations().stream()
            .map(Generation::generation)
            .filter(GenerationNumbers::isCredible)
            .toList();
  }
}
