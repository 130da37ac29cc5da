package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.secret.ca.GenerationMetadata;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The result of judging the Secrets under the names of a CA's generations.
 *
 * @param found all of them
 * @param all those that bear a valid seal and whose key matches the certificate
 * @param sealed those of them that are not being removed, oldest first
 * @param skipped names of Secrets that look like generations but are not sealed
 * @param generations how they relate to each other
 */
record KnownGenerations(
    List<Secret> found,
    List<Sealed> all,
    List<Sealed> sealed,
    List<String> skipped,
    CaGenerations generations) {

  static KnownGenerations of(
      RootCA ca, GenerationSearch.Found found, GenerationReader reader, ReconcileContext shared) {
    String name = ca.getMetadata().getName();
    // the seal authenticates the certificate; only the key itself shows whether it matches
    List<Sealed> all =
        found.sealed().stream()
            .filter(generation -> shared.signingKeys().vouchesFor(name, generation, reader))
            .toList();
    ReportedStatus reported = ReportedStatus.of(ca);
    List<Sealed> sealed =
        staying(all, GenerationSecrets.generations(all, found.secrets(), reported));
    return new KnownGenerations(
        found.secrets(),
        all,
        sealed,
        skipped(name, found.secrets(), all),
        GenerationSecrets.generations(sealed, found.secrets(), reported).at(shared.now()));
  }

  private static List<String> skipped(String rootCA, List<Secret> found, List<Sealed> all) {
    Set<String> names =
        all.stream().map(g -> g.secret().getMetadata().getName()).collect(Collectors.toSet());
    return found.stream()
        .map(secret -> secret.getMetadata().getName())
        // any tenant may label any Secret like a generation
        .filter(secret -> GenerationSecret.number(rootCA, secret).isPresent())
        .filter(secret -> !names.contains(secret))
        .sorted()
        .toList();
  }

  // a generation that has left and is being deleted counts as gone, even if a finalizer keeps it
  private static List<Sealed> staying(List<Sealed> all, CaGenerations generations) {
    Set<Integer> leaving =
        generations.leaving().stream()
            .map(CaGeneration::number)
            .collect(Collectors.toUnmodifiableSet());
    return all.stream()
        .filter(g -> !leaving.contains(g.number()) || !g.secret().isMarkedForDeletion())
        .toList();
  }

  /** The skipped ones that stay: what is being deleted needs no attention. */
  List<String> staying() {
    Set<String> going =
        found.stream()
            .filter(HasMetadata::isMarkedForDeletion)
            .map(secret -> secret.getMetadata().getName())
            .collect(Collectors.toUnmodifiableSet());
    return skipped.stream().filter(secret -> !going.contains(secret)).toList();
  }

  /** The Secret that becomes a generation because a person vouches for it; empty: none. */
  Optional<String> adoptable(RootCA ca) {
    return Adoption.adoptable(ca, found, unproven(), generations);
  }

  /**
   * Why the Secret that a person vouches for is not adopted, in words; empty: nothing prevents it.
   */
  Optional<String> adoptionRefusal(RootCA ca) {
    return Adoption.refusal(ca, found, unproven(), generations);
  }

  /** How many Secrets have the type of a CA's Secret but are no generations. */
  int unsealed() {
    return GenerationSecrets.unsealed(found, skipped);
  }

  /** The highest number that is known; 0: none. */
  int highest(RootCA ca, int highestOfLeaves) {
    return GenerationNumbers.highestKnown(ca, found, all, highestOfLeaves);
  }

  /** Whether owner references and labels of each generation's Secret follow the spec. */
  boolean isMetadataCurrent(RootCA ca) {
    return sealed.stream()
        .filter(g -> generations.generations().contains(g.generation()))
        .allMatch(g -> GenerationMetadata.isCurrent(ca, g.secret(), g.number()));
  }

  private List<String> unproven() {
    return Stream.concat(skipped.stream(), generations.suspects().stream().map(Suspect::secretName))
        .toList();
  }
}
