package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificationPathFinder;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a CA generation lies in its Secret: {@code <name>-ca-<n>}, immutable, sealed. */
public final class GenerationSecret {
  private static final Pattern NAME = Pattern.compile("(.+)-ca-([1-9][0-9]{0,8})");

  /** Its own, those above it and its root, and as many again: a person may have put them there. */
  private static final int MOST_CERTIFICATES = 16;

  private static final long FIRST_REVISION = 1;
  private static final String ADOPTED = "Adopted";

  /** Whatever is read from its metadata: all of it is under the latches' seal. */
  private static final Set<String> LATCHES =
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

  private GenerationSecret() {}

  /** Annotations that count on a generation's Secret; those of others need not be remembered. */
  public static Set<String> annotations() {
    Set<String> all = new HashSet<>(LATCHES);
    all.addAll(Set.of(Keys.SEAL, Keys.LATCHES_SEAL, Keys.LATCHES_REVISION));
    return all;
  }

  /** Whether what is noted on a generation was noted by the operator. */
  public sealed interface Proof {
    /**
     * It was.
     *
     * @param revision how often something was noted on it
     */
    record Holds(long revision) implements Proof {}

    /**
     * It was not, or not all of it.
     *
     * @param what was found, in words
     */
    record Broken(String what) implements Proof {}
  }

  /**
   * A generation whose certificate was sealed by this operator.
   *
   * @param generation where the proof does not hold, nothing has happened to it yet
   * @param proof of what is noted on it
   */
  public record Sealed(CaGeneration generation, Proof proof, Secret secret) {
    /**
     * How often something was noted on it.
     *
     * @throws IllegalStateException when that is not proven
     */
    public long revision() {
      if (proof instanceof Proof.Holds holds) {
        return holds.revision();
      }
      throw new IllegalStateException("what is noted on " + this + " is not proven");
    }

    public int number() {
      return generation.number();
    }

    public X509Certificate certificate() {
      return generation.certificate();
    }

    @Override
    public String toString() {
      return "Sealed["
          + secret.getMetadata().getNamespace()
          + "/"
          + secret.getMetadata().getName()
          + "]";
    }
  }

  /** Name of a generation's Secret. */
  public static String name(String rootCA, int generation) {
    return rootCA + "-ca-" + generation;
  }

  /** Whether a Secret's name is that of some generation. */
  public static boolean isName(String secretName) {
    return NAME.matcher(secretName).matches();
  }

  /** The generation that a Secret's name stands for, if it is one of that RootCA's. */
  public static OptionalInt number(String rootCA, String secretName) {
    Matcher m = NAME.matcher(secretName);
    return m.matches() && m.group(1).equals(rootCA)
        ? OptionalInt.of(Integer.parseInt(m.group(2)))
        : OptionalInt.empty();
  }

  /** The Secret of a new generation. */
  public static Secret create(
      RootCA ca, CaGeneration generation, KeyMaterial key, String reason, Seal seal) {
    TreeMap<String, byte[]> files = new TreeMap<>();
    CaPath path = generation.path();
    List<X509Certificate> own = new ArrayList<>(List.of(path.certificate()));
    own.addAll(path.intermediates());
    files.put(Keys.TLS_CRT, utf8(Pem.write(own)));
    if (generation.importedFrom().isPresent()) {
      files.put(Keys.CA_CRT, utf8(Pem.write(path.anchor())));
    }
    files.put(Keys.TLS_KEY, utf8(key.revealPem(PrivateKeyFormat.PKCS8)));
    generation.cross().ifPresent(cross -> files.put(Keys.CROSS_CRT, utf8(Pem.write(cross))));
    Map<String, String> annotations = milestones(generation.milestones());
    annotations.put(Keys.REASON, reason);
    generation.importedFrom().ifPresent(from -> annotations.put(Keys.IMPORTED_FROM, from));
    annotations.put(Keys.SEAL, seal(ca, generation.number(), path, generation.cross(), seal));
    seal(annotations, FIRST_REVISION, seal);
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(ca.getMetadata().getNamespace())
        .withName(name(ca.getMetadata().getName(), generation.number()))
        .withLabels(labels(ca, generation.number()))
        .withAnnotations(annotations)
        .withOwnerReferences(Owners.of(ca))
        .endMetadata()
        .withType(Keys.TYPE_CA)
        .withImmutable(true)
        .withData(SecretData.encode(files))
        .build();
  }

  /**
   * The metadata and immutability of an adopted Secret; its data stays. A person vouches for a
   * certificate, not for what was noted elsewhere.
   *
   * @param generation as it is from now on
   * @param revision higher than any that was ever noted on it
   */
  public static Secret adopt(
      RootCA ca, Secret found, CaGeneration generation, long revision, Seal seal) {
    Secret owned = relabel(ca, found, generation.number());
    Map<String, String> kept = new HashMap<>();
    if (owned.getMetadata().getAnnotations() != null) {
      kept.putAll(owned.getMetadata().getAnnotations());
    }
    kept.keySet().removeAll(LATCHES);
    kept.putAll(milestones(generation.milestones()));
    kept.put(Keys.REASON, ADOPTED);
    generation.importedFrom().ifPresent(from -> kept.put(Keys.IMPORTED_FROM, from));
    kept.put(Keys.SEAL, seal(ca, generation.number(), generation.path(), generation.cross(), seal));
    seal(kept, revision, seal);
    return owned
        .edit()
        .editMetadata()
        .withAnnotations(kept)
        .endMetadata()
        .withImmutable(true)
        .build();
  }

  /**
   * The same Secret, remembering what a generation that is deleted takes with it.
   *
   * @param deleted its number: it is not used again
   * @param distrusted fingerprints of those that are never trusted again
   * @param retired the highest number that left in good order
   */
  public static Secret remember(
      Sealed found, int deleted, Set<Fingerprint> distrusted, int retired, Seal seal) {
    Map<String, String> news = new HashMap<>();
    if (deleted > Math.max(found.number(), highest(found))) {
      news.put(Keys.HIGHEST, Integer.toString(deleted));
    }
    Set<Fingerprint> known = found.generation().milestones().distrusts();
    if (!known.containsAll(distrusted)) {
      Set<Fingerprint> all = new HashSet<>(known);
      all.addAll(distrusted);
      news.put(Keys.DISTRUSTS, inWords(all));
    }
    if (retired > found.generation().milestones().retires()) {
      news.put(Keys.RETIRES, Integer.toString(retired));
    }
    return note(found, news, seal);
  }

  /** Whether it came to be a generation because a person vouched for it. */
  public static boolean isAdopted(Sealed found) {
    return found.proof() instanceof Proof.Holds
        && SecretData.annotation(found.secret(), Keys.REASON).filter(ADOPTED::equals).isPresent();
  }

  /** The highest number that is remembered on it; 0: none, or none that is proven. */
  public static int highest(Sealed found) {
    return Optional.of(found)
        .filter(it -> it.proof() instanceof Proof.Holds)
        .flatMap(it -> SecretData.annotation(it.secret(), Keys.HIGHEST))
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(Integer::parseInt)
        .orElse(0);
  }

  private static String inWords(Set<Fingerprint> fingerprints) {
    return fingerprints.stream().map(Fingerprint::text).sorted().collect(Collectors.joining(","));
  }

  /** The same Secret with its generation's latches as given; what is absent there stays. */
  public static Secret latch(Sealed found, GenerationMilestones milestones, Seal seal) {
    return note(found, milestones(milestones), seal);
  }

  // all that is ever noted on a generation that is there goes through here: under the seal, with
  // the next revision
  private static Secret note(Sealed found, Map<String, String> news, Seal seal) {
    long revision = found.revision() + 1;
    Map<String, String> annotations = new HashMap<>(found.secret().getMetadata().getAnnotations());
    Map<String, String> before = Map.copyOf(annotations);
    annotations.putAll(news);
    if (annotations.equals(before)) {
      return found.secret();
    }
    seal(annotations, revision, seal);
    return found.secret().edit().editMetadata().withAnnotations(annotations).endMetadata().build();
  }

  private static void seal(Map<String, String> annotations, long revision, Seal seal) {
    annotations.put(Keys.LATCHES_REVISION, Long.toString(revision));
    annotations.put(
        Keys.LATCHES_SEAL,
        seal.ofMilestones(
            annotations.getOrDefault(Keys.SEAL, ""), revision, underTheSeal(annotations)));
  }

  private static SortedMap<String, String> underTheSeal(Map<String, String> annotations) {
    SortedMap<String, String> notes = new TreeMap<>(annotations);
    notes.keySet().retainAll(LATCHES);
    return notes;
  }

  /** Of a Secret whose own seal was found to be right. */
  private static Proof proof(Secret secret, Seal seal) {
    Map<String, String> annotations = secret.getMetadata().getAnnotations();
    String found = annotations.get(Keys.LATCHES_SEAL);
    String revision = annotations.getOrDefault(Keys.LATCHES_REVISION, "");
    if (found == null) {
      return new Proof.Broken("its annotation " + Keys.LATCHES_SEAL + " is gone");
    }
    if (!revision.matches("[1-9][0-9]{0,17}")) {
      return new Proof.Broken(
          "its annotation " + Keys.LATCHES_REVISION + " is not what this operator wrote");
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

  private static Map<String, String> milestones(GenerationMilestones milestones) {
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
      annotations.put(Keys.DISTRUSTS, inWords(milestones.distrusts()));
    }
    if (milestones.retires() > 0) {
      annotations.put(Keys.RETIRES, Integer.toString(milestones.retires()));
    }
    return annotations;
  }

  /** What is noted on a generation's Secret, proven or not. */
  public static GenerationMilestones milestones(Secret secret) {
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
    return SecretData.annotation(secret, key).flatMap(GenerationSecret::instant);
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      // a latch that cannot be read is one that is not set
      return Optional.empty();
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Labels and owner as the spec asks; all else stays. */
  public static Secret relabel(RootCA ca, Secret found, int generation) {
    return found
        .edit()
        .editMetadata()
        .addToLabels(labels(ca, generation))
        .withOwnerReferences(Owners.beside(found, Owners.of(ca)))
        .endMetadata()
        .build();
  }

  /** Whether labels and owner are as the spec asks. */
  public static boolean metadataCurrent(RootCA ca, Secret secret, int generation) {
    return labels(ca, generation).entrySet().stream()
            .allMatch(
                label ->
                    SecretData.label(secret, label.getKey()).equals(Optional.of(label.getValue())))
        && Owners.same(secret.getMetadata().getOwnerReferences(), Owners.of(ca));
  }

  /**
   * Reads a Secret; present only when it carries this operator's seal for that RootCA and that
   * content, and has a key. Whether what is noted on it holds as well is told apart. Nothing is
   * parsed of what is not sealed.
   */
  public static Optional<Sealed> read(String namespace, String rootCA, Secret secret, Seal seal) {
    OptionalInt number = number(rootCA, secret.getMetadata().getName());
    if (number.isEmpty() || !isSealed(namespace, rootCA, secret, seal)) {
      return Optional.empty();
    }
    return path(secret).map(path -> sealed(number.getAsInt(), path, secret, seal));
  }

  private static Sealed sealed(int number, CaPath path, Secret secret, Seal seal) {
    Proof proof = proof(secret, seal);
    boolean proven = proof instanceof Proof.Holds;
    return new Sealed(
        new CaGeneration(
            number,
            path,
            cross(secret),
            SecretData.annotation(secret, Keys.IMPORTED_FROM).filter(from -> proven),
            proven ? milestones(secret) : GenerationMilestones.none()),
        proof,
        secret);
  }

  /** Whether {@link #read} finds a generation, told from the bytes of the certificates alone. */
  public static boolean isSealed(String namespace, String rootCA, Secret secret, Seal seal) {
    String found = SecretData.annotation(secret, Keys.SEAL).orElse(null);
    OptionalInt number = number(rootCA, secret.getMetadata().getName());
    if (found == null
        || number.isEmpty()
        || !Keys.TYPE_CA.equals(secret.getType())
        || SecretData.value(secret, Keys.TLS_KEY).isEmpty()) {
      return false;
    }
    List<Fingerprint> own = SecretData.fingerprints(secret, Keys.TLS_CRT);
    if (own.isEmpty()) {
      return false;
    }
    Fingerprint anchor =
        SecretData.fingerprints(secret, Keys.CA_CRT).stream().findFirst().orElse(own.get(0));
    Optional<Fingerprint> cross =
        SecretData.fingerprints(secret, Keys.CROSS_CRT).stream().findFirst();
    return Seal.matches(
        found,
        seal.ofGeneration(namespace, rootCA, number.getAsInt(), vouched(own, anchor, cross)));
  }

  /** The certificate that vouches for it to those who know only the generation before. */
  public static Optional<X509Certificate> cross(Secret secret) {
    return SecretData.firstCertificate(secret, Keys.CROSS_CRT);
  }

  /**
   * The way from its certificate up to its root, with each signature verified; empty when there is
   * none. What a person vouches for is the certificate alone.
   */
  public static Optional<CaPath> verifiedPath(Secret secret) {
    int own = SecretData.fingerprints(secret, Keys.TLS_CRT).size();
    if (own == 0
        || own > MOST_CERTIFICATES
        || own + SecretData.fingerprints(secret, Keys.CA_CRT).size() > MOST_CERTIFICATES) {
      return Optional.empty();
    }
    List<X509Certificate> all = new ArrayList<>(SecretData.certificates(secret, Keys.TLS_CRT));
    all.addAll(SecretData.certificates(secret, Keys.CA_CRT));
    try {
      return all.isEmpty() ? Optional.empty() : Optional.of(CertificationPathFinder.find(all.get(0), all));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  // as it lies there: the seal is what proves it
  private static Optional<CaPath> path(Secret secret) {
    List<X509Certificate> own = SecretData.certificates(secret, Keys.TLS_CRT);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new CaPath(
            own.get(0),
            own.subList(1, own.size()),
            SecretData.firstCertificate(secret, Keys.CA_CRT).orElse(own.get(0))));
  }

  private static String seal(
      RootCA ca, int generation, CaPath path, Optional<X509Certificate> cross, Seal seal) {
    return seal.ofGeneration(
        ca.getMetadata().getNamespace(),
        ca.getMetadata().getName(),
        generation,
        vouched(path, cross));
  }

  private static List<String> vouched(CaPath path, Optional<X509Certificate> cross) {
    List<Fingerprint> own = new ArrayList<>(List.of(Fingerprint.of(path.certificate())));
    path.intermediates().forEach(intermediate -> own.add(Fingerprint.of(intermediate)));
    return vouched(own, Fingerprint.of(path.anchor()), cross.map(Fingerprint::of));
  }

  // all that is trusted and sent for its sake; a root stands for itself
  private static List<String> vouched(
      List<Fingerprint> own, Fingerprint anchor, Optional<Fingerprint> cross) {
    List<Fingerprint> all = new ArrayList<>(own);
    if (own.size() > 1 || !own.get(0).equals(anchor)) {
      all.add(anchor);
    }
    List<String> vouched = new ArrayList<>(all.stream().map(Fingerprint::text).toList());
    cross.ifPresent(c -> vouched.add("cross " + c.text()));
    return vouched;
  }

  private static Map<String, String> labels(RootCA ca, int generation) {
    Map<String, String> labels = new HashMap<>(Owners.labels(ca));
    labels.put(Keys.GENERATION, Integer.toString(generation));
    return labels;
  }
}
