package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.generation.Suspect.Kind;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the generations of a CA among Secrets. */
public final class GenerationSecrets {
  /** Index on {@link ObjectSource}s of generation Secrets. */
  public static final String INDEX = "root-ca";

  private static final String KIND = "RootCA";

  public static final String SELECTOR = Keys.KIND_LABEL + "=" + KIND;

  private GenerationSecrets() {}

  public static String indexKey(String namespace, String rootCA) {
    return namespace + "/" + rootCA;
  }

  /** Whether a Secret has the label of generations; anybody can give it that. */
  public static boolean isLabelled(Secret secret) {
    return SecretData.label(secret, Keys.KIND_LABEL).equals(Optional.of(KIND));
  }

  public static List<String> indexKeys(Secret secret) {
    return SecretData.label(secret, Keys.ROOT_CA_LABEL)
        .filter(name -> isLabelled(secret))
        .map(name -> List.of(indexKey(secret.getMetadata().getNamespace(), name)))
        .orElse(List.of());
  }

  /** Those with a valid seal, oldest first, without those that were taken back. */
  public static List<Sealed> sealed(
      Collection<Secret> found, String namespace, String rootCA, GenerationReader reader) {
    return standing(
        found.stream().flatMap(secret -> reader.read(namespace, rootCA, secret).stream()).toList());
  }

  /** Those that were not taken back, oldest first. */
  public static List<Sealed> standing(Collection<Sealed> sealed) {
    return sealed.stream()
        .filter(g -> !isTakenBack(g, sealed))
        .sorted(Comparator.comparingInt(Sealed::number))
        .toList();
  }

  // a generation that never signed and is being deleted counts as gone, even if a finalizer keeps
  // it
  private static boolean isTakenBack(Sealed generation, Collection<Sealed> all) {
    return generation.secret().isMarkedForDeletion()
        && generation.proof() instanceof Proof.Holds
        && !generation.generation().isSigning()
        && isRemembered(generation.number(), all);
  }

  // the signer's Secret notes first that its successor is taken back
  private static boolean isRemembered(int deleted, Collection<Sealed> all) {
    return all.stream()
        .anyMatch(g -> g.number() < deleted && deleted <= GenerationSecret.highest(g));
  }

  /** How many have the type of a CA's Secret but are no generations. */
  public static int unsealed(Collection<Secret> found, Collection<String> skipped) {
    return (int)
        found.stream()
            .filter(secret -> skipped.contains(secret.getMetadata().getName()))
            .filter(secret -> Keys.TYPE_CA.equals(secret.getType()))
            .count();
  }

  /**
   * Returns the generations and how they relate to each other.
   *
   * @param sealed those that bear a valid seal
   * @param found all Secrets under the names of generations
   * @param reported what status says about them
   */
  public static CaGenerations generations(
      List<Sealed> sealed, Collection<Secret> found, ReportedStatus reported) {
    List<CaGeneration> proven = new ArrayList<>();
    List<Suspect> unproven = new ArrayList<>();
    int deleted = sealed.stream().mapToInt(GenerationSecret::highest).max().orElse(0);
    for (Sealed generation : sealed) {
      reported
          .objection(generation, deleted)
          .ifPresentOrElse(
              why -> unproven.add(objected(generation, reported, why)),
              () -> proven.add(generation.generation()));
    }
    // if no generation is left at all, that is reported instead; what a person had replaced no
    // longer counts
    if (!sealed.isEmpty()) {
      Set<Integer> replaced = replaced(sealed, proven, reported);
      unproven.addAll(unsealed(sealed, found, reported));
      unproven.addAll(gone(sealed, unproven, reported));
      unproven.removeIf(suspect -> replaced.contains(suspect.number()));
    }
    return new CaGenerations(proven, unproven).remembering(reported.history());
  }

  // the signer is lost, and its replacement signs since: only the lost signer is excused, unless
  // all were lost with it
  private static Set<Integer> replaced(
      List<Sealed> sealed, List<CaGeneration> proven, ReportedStatus reported) {
    Set<Integer> there = sealed.stream().map(Sealed::number).collect(Collectors.toSet());
    Set<Integer> lost =
        reported.generations().stream()
            .map(Generation::generation)
            .filter(number -> !there.contains(number))
            .collect(Collectors.toSet());
    return reported
        .signer()
        .map(Generation::generation)
        .filter(lost::contains)
        .filter(signer -> proven.stream().anyMatch(g -> g.isSigning() && g.number() > signer))
        .map(signer -> lost.size() == reported.generations().size() ? lost : Set.of(signer))
        .orElse(Set.of());
  }

  private static Suspect objected(Sealed generation, ReportedStatus reported, String why) {
    return new Suspect(
        generation.number(),
        generation.generation().fingerprint(),
        Optional.of(generation.generation()),
        generation.secret().getMetadata().getName(),
        reported.knows(generation.generation().fingerprint()) ? Kind.TAMPERED : Kind.RETURNED,
        why);
  }

  // a Secret that is reported as a generation, but differs from what was written
  private static List<Suspect> unsealed(
      List<Sealed> sealed, Collection<Secret> found, ReportedStatus reported) {
    return reported.generations().stream()
        .filter(known -> sealed.stream().noneMatch(g -> g.number() == known.generation()))
        .filter(
            known ->
                found.stream()
                    .filter(s -> s.getMetadata().getName().equals(known.secretName()))
                    .anyMatch(s -> !isTakenBack(known, s, sealed)))
        .map(
            known ->
                suspect(
                    known,
                    Kind.TAMPERED,
                    "it is not the one that this operator sealed: its annotation "
                        + Keys.SEAL
                        + " or its content was changed"))
        .toList();
  }

  private static boolean isTakenBack(Generation known, Secret found, List<Sealed> sealed) {
    return known.state() == GenerationState.Distributing
        && found.isMarkedForDeletion()
        && isRemembered(known.generation(), sealed);
  }

  // otherwise, deleting the signer would make a former generation sign again, even a distrusted
  // one; and deleting a former one would remove trust while its certificates are in use
  private static List<Suspect> gone(
      List<Sealed> sealed, List<Suspect> unproven, ReportedStatus reported) {
    return reported.generations().stream()
        .filter(known -> sealed.stream().noneMatch(g -> g.number() == known.generation()))
        .filter(known -> unproven.stream().noneMatch(s -> s.number() == known.generation()))
        .filter(
            known ->
                known.state() == GenerationState.Retiring
                    || known.state() == GenerationState.Signing)
        .map(known -> suspect(known, Kind.GONE, "it is in use, and its Secret is gone"))
        .toList();
  }

  private static Suspect suspect(Generation known, Kind kind, String why) {
    return new Suspect(
        known.generation(),
        new Fingerprint(known.fingerprint()),
        Optional.empty(),
        known.secretName(),
        kind,
        why);
  }

  /** The CA that signs a leaf, and the roots that the leaf trusts. */
  public static Signer signer(CaGenerations generations, String rootCA, Instant now) {
    if (!generations.isProven()) {
      return missing(
          "RootCA '"
              + rootCA
              + "' issues nothing, because it cannot be proven what has become of generation "
              + generations.suspects().get(0).number()
              + "; `kubectl describe rootca "
              + rootCA
              + "` tells what to do");
    }
    return generations
        .signer()
        .map(signing -> signer(generations, signing, rootCA, now))
        .orElseGet(
            () ->
                missing(
                    "RootCA '"
                        + rootCA
                        + "' has no generation that signs; `kubectl describe rootca "
                        + rootCA
                        + "` tells why"));
  }

  private static Signer signer(
      CaGenerations generations, CaGeneration signing, String rootCA, Instant now) {
    return signing.isExpired(now)
        ? missing("the certificate of RootCA '" + rootCA + "' expired on " + signing.end())
        : new Signer.Available(
            signing,
            generations.trusted(),
            generations.bundle(),
            signing
                .cross()
                // a cross-certificate for a former generation that has left can no longer be
                // verified
                .filter(cross -> !generations.former().isEmpty())
                .filter(cross -> now.isBefore(cross.getNotAfter().toInstant())));
  }

  public static Signer missing(String message) {
    return new Signer.Missing(new Finding(Reason.CANotAvailable, message));
  }
}
