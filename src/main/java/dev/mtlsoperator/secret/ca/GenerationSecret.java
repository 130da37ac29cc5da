package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and writes the Secret of a CA generation: {@code <name>-ca-<n>}, immutable, sealed. */
public final class GenerationSecret {
  private static final Pattern NAME = Pattern.compile("(.+)-ca-([1-9][0-9]{0,8})");

  private static final long FIRST_REVISION = 1;
  private static final String ADOPTED = "Adopted";

  private GenerationSecret() {}

  /** Whether the operator itself wrote the notes on a generation's Secret. */
  public sealed interface Proof {
    /**
     * It wrote all of them.
     *
     * @param revision how often notes were written to the Secret
     */
    record Holds(long revision) implements Proof {}

    /**
     * Not all of them are its own.
     *
     * @param what was found, for a message
     */
    record Broken(String what) implements Proof {}
  }

  /**
   * A generation whose certificate bears this operator's seal.
   *
   * @param generation without any milestone if the proof is broken
   * @param proof of the notes on its Secret
   */
  public record Sealed(CaGeneration generation, Proof proof, Secret secret) {
    /**
     * How often notes were written to the Secret.
     *
     * @throws IllegalStateException if the notes are not proven
     */
    public long revision() {
      if (proof instanceof Proof.Holds holds) {
        return holds.revision();
      }
      throw new IllegalStateException("the notes on " + this + " are not proven");
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

  /** Whether a Secret has the name of a generation, of any RootCA. */
  public static boolean isName(String secretName) {
    return NAME.matcher(secretName).matches();
  }

  /** The generation number in a Secret's name; empty if the name is not that RootCA's. */
  public static OptionalInt number(String rootCA, String secretName) {
    Matcher m = NAME.matcher(secretName);
    return m.matches() && m.group(1).equals(rootCA)
        ? OptionalInt.of(Integer.parseInt(m.group(2)))
        : OptionalInt.empty();
  }

  /** The Secret of a new generation. */
  public static Secret create(
      RootCA ca, CaGeneration generation, KeyMaterial key, String reason, Seal seal) {
    Map<String, String> annotations = GenerationNotes.of(generation.milestones());
    annotations.put(Keys.REASON, reason);
    generation.importedFrom().ifPresent(from -> annotations.put(Keys.IMPORTED_FROM, from));
    annotations.put(Keys.SEAL, GenerationSeal.of(ca, generation, seal));
    GenerationNotes.seal(annotations, FIRST_REVISION, seal);
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(ca.getMetadata().getNamespace())
        .withName(name(ca.getMetadata().getName(), generation.number()))
        .withLabels(GenerationMetadata.labels(ca, generation.number()))
        .withAnnotations(GenerationMetadata.annotations(ca, annotations))
        .withOwnerReferences(Owners.of(ca))
        .endMetadata()
        .withType(Keys.TYPE_CA)
        .withImmutable(true)
        .withData(SecretData.encode(GenerationFiles.of(generation, key)))
        .build();
  }

  /**
   * An adopted Secret: new metadata, immutable, the same data. A person who adopts vouches for the
   * certificate, not for the notes on it.
   *
   * @param generation as it is from now on
   * @param revision higher than any that was ever written to it
   */
  public static Secret adopt(
      RootCA ca, Secret found, CaGeneration generation, long revision, Seal seal) {
    Secret owned = GenerationMetadata.relabel(ca, found, generation.number());
    Map<String, String> kept = new HashMap<>();
    if (owned.getMetadata().getAnnotations() != null) {
      kept.putAll(owned.getMetadata().getAnnotations());
    }
    GenerationNotes.removeFrom(kept);
    kept.putAll(GenerationNotes.of(generation.milestones()));
    kept.put(Keys.REASON, ADOPTED);
    generation.importedFrom().ifPresent(from -> kept.put(Keys.IMPORTED_FROM, from));
    kept.put(Keys.SEAL, GenerationSeal.of(ca, generation, seal));
    GenerationNotes.seal(kept, revision, seal);
    return owned
        .edit()
        .editMetadata()
        .withAnnotations(kept)
        .endMetadata()
        .withImmutable(true)
        .build();
  }

  /**
   * The Secret with notes that must outlive a generation that is deleted.
   *
   * @param deleted its number, which is not used again
   * @param distrusted fingerprints of certificates that are never trusted again
   * @param retired the highest number of a generation that was retired regularly
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
      news.put(Keys.DISTRUSTS, GenerationNotes.text(all));
    }
    if (retired > found.generation().milestones().retires()) {
      news.put(Keys.RETIRES, Integer.toString(retired));
    }
    return note(found, news, seal);
  }

  /** Whether a person adopted it. */
  public static boolean isAdopted(Sealed found) {
    return found.proof() instanceof Proof.Holds
        && SecretData.annotation(found.secret(), Keys.REASON).filter(ADOPTED::equals).isPresent();
  }

  /** The highest number of a deleted generation in its notes; 0 if none is proven. */
  public static int highest(Sealed found) {
    return Optional.of(found)
        .filter(it -> it.proof() instanceof Proof.Holds)
        .flatMap(it -> SecretData.annotation(it.secret(), Keys.HIGHEST))
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(Integer::parseInt)
        .orElse(0);
  }

  /** The Secret with these milestones; notes of milestones that are absent here stay. */
  public static Secret withMilestones(Sealed found, GenerationMilestones milestones, Seal seal) {
    return note(found, GenerationNotes.of(milestones), seal);
  }

  // every change of the notes goes through here, so that each is sealed with the next revision
  private static Secret note(Sealed found, Map<String, String> news, Seal seal) {
    long revision = found.revision() + 1;
    Map<String, String> annotations = new HashMap<>(found.secret().getMetadata().getAnnotations());
    Map<String, String> before = Map.copyOf(annotations);
    annotations.putAll(news);
    if (annotations.equals(before)) {
      return found.secret();
    }
    GenerationNotes.seal(annotations, revision, seal);
    return found.secret().edit().editMetadata().withAnnotations(annotations).endMetadata().build();
  }

  /** What is noted on a generation's Secret, whether or not a seal proves it. */
  public static GenerationMilestones milestones(Secret secret) {
    return GenerationNotes.milestones(secret);
  }

  /**
   * Reads a Secret; present only if it has a key and bears this operator's seal for that RootCA and
   * content. {@link Sealed#proof} tells whether its notes are proven as well. Nothing that is not
   * sealed is parsed.
   */
  public static Optional<Sealed> read(String namespace, String rootCA, Secret secret, Seal seal) {
    OptionalInt number = number(rootCA, secret.getMetadata().getName());
    if (number.isEmpty() || !isSealed(namespace, rootCA, secret, seal)) {
      return Optional.empty();
    }
    return GenerationFiles.path(secret).map(path -> sealed(number.getAsInt(), path, secret, seal));
  }

  private static Sealed sealed(int number, CaPath path, Secret secret, Seal seal) {
    Proof proof = GenerationNotes.proof(secret, seal);
    boolean proven = proof instanceof Proof.Holds;
    return new Sealed(
        new CaGeneration(
            number,
            path,
            GenerationFiles.cross(secret),
            SecretData.annotation(secret, Keys.IMPORTED_FROM).filter(from -> proven),
            proven ? GenerationNotes.milestones(secret) : GenerationMilestones.none()),
        proof,
        secret);
  }

  /** Whether {@link #read} finds a generation; only the bytes of the certificates are read. */
  public static boolean isSealed(String namespace, String rootCA, Secret secret, Seal seal) {
    OptionalInt number = number(rootCA, secret.getMetadata().getName());
    return number.isPresent()
        && Keys.TYPE_CA.equals(secret.getType())
        && SecretData.value(secret, Keys.TLS_KEY).isPresent()
        && GenerationSeal.isOn(namespace, rootCA, number.getAsInt(), secret, seal);
  }

  /** The cross-certificate, by which verifiers that know only the former generation accept it. */
  public static Optional<X509Certificate> cross(Secret secret) {
    return GenerationFiles.cross(secret);
  }

  /** The certification path in a Secret without a seal; empty if a signature does not verify. */
  public static Optional<CaPath> verifiedPath(Secret secret) {
    return GenerationFiles.verifiedPath(secret);
  }
}
