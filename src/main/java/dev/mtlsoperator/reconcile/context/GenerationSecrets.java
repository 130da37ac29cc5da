package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.CaGenerations.Suspect;
import dev.mtlsoperator.rotation.generation.CaGenerations.Suspect.Kind;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The generations of a CA among the Secrets that were found. */
public final class GenerationSecrets {
  /** Index on {@link ObjectSource}s of generation Secrets. */
  public static final String INDEX = "root-ca";

  public static final String SELECTOR = Keys.KIND_LABEL + "=RootCA";

  /** Beyond it a number without a seal is not believed. */
  public static final int HIGHEST_UNPROVEN = 999_999;

  private GenerationSecrets() {}

  public static String indexKey(String namespace, String rootCA) {
    return namespace + "/" + rootCA;
  }

  public static List<String> indexKeys(Secret secret) {
    return SecretData.label(secret, Keys.ROOT_CA_LABEL)
        .map(name -> List.of(indexKey(secret.getMetadata().getNamespace(), name)))
        .orElse(List.of());
  }

  /** Those with a valid seal, oldest first, but for those that were taken back. */
  public static List<Sealed> sealed(
      Collection<Secret> found, String namespace, String rootCA, Seal seal) {
    List<Sealed> all =
        found.stream()
            .flatMap(secret -> GenerationSecret.read(namespace, rootCA, secret, seal).stream())
            .sorted(Comparator.comparingInt(Sealed::number))
            .toList();
    return all.stream().filter(g -> !isTakenBack(g, all)).toList();
  }

  // one that never signed, and is being deleted, is gone, however long somebody's finalizer keeps
  // it
  private static boolean isTakenBack(Sealed generation, Collection<Sealed> all) {
    return generation.secret().isMarkedForDeletion()
        && generation.proof() instanceof Proof.Holds
        && !generation.generation().isSigning()
        && isRemembered(generation.number(), all);
  }

  // whoever takes a successor back notes it first on the one that signs
  private static boolean isRemembered(int deleted, Collection<Sealed> all) {
    return all.stream()
        .anyMatch(g -> g.number() < deleted && deleted <= GenerationSecret.highest(g));
  }

  /**
   * The highest number that is known of, from names, status and leaves; 0: none. A name that is
   * taken by somebody else is passed over.
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

  /** Of names, seals and status. What bears no seal may be a number that somebody thought of. */
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

  // one that was deleted before status listed it had its number too
  private static IntStream highest(History history) {
    return IntStream.of(
        history.highest(), history.created().map(History.Created::number).orElse(0));
  }

  /** How many have a CA's type, and are none. */
  public static int unsealed(Collection<Secret> found, Collection<String> skipped) {
    return (int)
        found.stream()
            .filter(secret -> skipped.contains(secret.getMetadata().getName()))
            .filter(secret -> Keys.TYPE_CA.equals(secret.getType()))
            .count();
  }

  /** Whether somebody can have counted up to a number that no seal proves. */
  public static boolean isCredible(int number) {
    return number > 0 && number <= HIGHEST_UNPROVEN;
  }

  /** Those that status tells of; no number that nobody could have counted up to. */
  public static List<Integer> ofStatus(RootCA ca) {
    return ca.getStatus() == null
        ? List.of()
        : ca.getStatus().generations().stream()
            .map(Generation::generation)
            .filter(GenerationSecrets::isCredible)
            .toList();
  }

  /**
   * They, as what they are to each other.
   *
   * @param sealed those that bear a valid seal
   * @param found all that lies under names of generations
   * @param reported what status tells of them
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
    // where no generation is left at all, that is told; and what a person had replaced, is over
    if (!sealed.isEmpty()) {
      Set<Integer> replaced = replaced(sealed, proven, reported);
      unproven.addAll(unsealed(sealed, found, reported));
      unproven.addAll(gone(sealed, unproven, reported));
      unproven.removeIf(suspect -> replaced.contains(suspect.number()));
    }
    return new CaGenerations(proven, unproven).remembering(reported.history());
  }

  // the one that signed is lost, and another one was made that signs since: it alone is excused,
  // unless all were lost with it
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

  // what is reported as a generation, and lies there, but not as it was
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

  // else who deletes the one that signs would make a former one sign again, distrusted or not; and
  // who deletes a former one would take trust away while what it signed is in use
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

  /**
   * What the CA's bundles hold of it, by the numbers of its generations. Where not all is proven
   * that is what they held, without those whom a person distrusts since; where nobody is
   * distrusted, nothing is said of it.
   *
   * @param own reads the CA's own certificates in its trust ConfigMap, oldest first; asked only
   *     where not all is proven
   */
  public static SortedMap<Integer, X509Certificate> anchors(
      CaGenerations generations, ReportedStatus reported, Supplier<List<X509Certificate>> own) {
    if (generations.isProven() || generations.distrusted().isEmpty()) {
      return generations.anchors();
    }
    List<X509Certificate> held = own.get();
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>(generations.standing());
    Set<Fingerprint> banned = generations.banned();
    List<Suspect> unread =
        generations.suspects().stream().filter(suspect -> suspect.generation().isEmpty()).toList();
    unread.forEach(
        suspect ->
            ownRoot(suspect, reported)
                .or(() -> ownRoot(suspect, held))
                .ifPresent(root -> anchors.put(suspect.number(), root)));
    // the root of one that stands under another one: what nobody else accounts for
    for (Suspect suspect : unread) {
      if (!anchors.containsKey(suspect.number())) {
        held.stream()
            .filter(c -> !anchors.containsValue(c) && !banned.contains(Fingerprint.of(c)))
            .min(Comparator.comparingInt(c -> farness(c, suspect, generations, reported)))
            .ifPresent(root -> anchors.put(suspect.number(), root));
      }
    }
    return anchors;
  }

  // the one that issued it, or else one that is not the root of somebody distrusted
  private static int farness(
      X509Certificate root, Suspect suspect, CaGenerations generations, ReportedStatus reported) {
    boolean issuedIt =
        told(suspect, reported).filter(c -> KeyIdentifiers.signed(c, root)).isPresent();
    return issuedIt ? 0 : generations.isAboveDistrusted(root) ? 2 : 1;
  }

  private static Optional<X509Certificate> ownRoot(Suspect suspect, List<X509Certificate> held) {
    return held.stream().filter(c -> Fingerprint.of(c).equals(suspect.fingerprint())).findFirst();
  }

  private static Optional<X509Certificate> ownRoot(Suspect suspect, ReportedStatus reported) {
    return told(suspect, reported).filter(c -> KeyIdentifiers.signed(c, c));
  }

  private static Optional<X509Certificate> told(Suspect suspect, ReportedStatus reported) {
    return reported
        .generation(suspect.number())
        .map(Generation::certificate)
        .flatMap(pem -> Pem.readWritten(pem).stream().flatMap(Optional::stream).findFirst())
        .filter(c -> Fingerprint.of(c).equals(suspect.fingerprint()));
  }

  /** Who signs a leaf, and whom it trusts. */
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
                // what leads to a former one that has left cannot be proven any more
                .filter(cross -> !generations.former().isEmpty())
                .filter(cross -> now.isBefore(cross.getNotAfter().toInstant())));
  }

  public static Signer missing(String message) {
    return new Signer.Missing(new Finding(Reason.CANotAvailable, message));
  }
}
