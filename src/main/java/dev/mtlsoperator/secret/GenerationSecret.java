package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.KeyEncoding;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.Pem;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a CA generation lies in its Secret: {@code <name>-ca-<n>}, immutable, sealed. */
public final class GenerationSecret {
  private static final Pattern NAME = Pattern.compile("(.+)-ca-([1-9][0-9]{0,8})");

  private GenerationSecret() {}

  /**
   * A generation that counts as ours.
   *
   * @param signing whether its latch {@code signing-since} is set
   */
  public record Sealed(int number, X509Certificate certificate, boolean signing, Secret secret) {
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

  /** The generation that a Secret's name stands for, if it is one of that RootCA's. */
  public static OptionalInt number(String rootCA, String secretName) {
    Matcher m = NAME.matcher(secretName);
    return m.matches() && m.group(1).equals(rootCA)
        ? OptionalInt.of(Integer.parseInt(m.group(2)))
        : OptionalInt.empty();
  }

  /**
   * The Secret of a new generation that nobody has to be told of first: it is distributed and signs
   * at once.
   */
  public static Secret create(
      RootCA ca,
      int generation,
      X509Certificate certificate,
      KeyMaterial key,
      String reason,
      Instant now,
      Seal seal) {
    TreeMap<String, byte[]> files = new TreeMap<>();
    files.put(Keys.TLS_CRT, Pem.write(certificate).getBytes(StandardCharsets.UTF_8));
    files.put(Keys.TLS_KEY, key.revealPem(KeyEncoding.PKCS8).getBytes(StandardCharsets.UTF_8));
    Map<String, String> annotations = new HashMap<>();
    annotations.put(Keys.REASON, reason);
    annotations.put(Keys.DISTRIBUTED_AT, now.toString());
    annotations.put(Keys.SIGNING_SINCE, now.toString());
    annotations.put(Keys.SEAL, seal(ca, generation, certificate, seal));
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(ca.getMetadata().getNamespace())
        .withName(name(ca.getMetadata().getName(), generation))
        .withLabels(labels(ca, generation))
        .withAnnotations(annotations)
        .withOwnerReferences(owners(ca))
        .endMetadata()
        .withType(Keys.TYPE_CA)
        .withImmutable(true)
        .withData(SecretData.encode(files))
        .build();
  }

  /** The metadata and immutability of an adopted Secret; its data stays. */
  public static Secret adopt(
      RootCA ca,
      Secret found,
      int generation,
      X509Certificate certificate,
      Instant now,
      Seal seal) {
    return relabel(ca, found, generation)
        .edit()
        .editMetadata()
        .addToAnnotations(Keys.REASON, "Adopted")
        .addToAnnotations(Keys.DISTRIBUTED_AT, now.toString())
        .addToAnnotations(Keys.SIGNING_SINCE, now.toString())
        .addToAnnotations(Keys.SEAL, seal(ca, generation, certificate, seal))
        .endMetadata()
        .withImmutable(true)
        .build();
  }

  /** Labels and owner as the spec asks; all else stays. */
  public static Secret relabel(RootCA ca, Secret found, int generation) {
    return found
        .edit()
        .editMetadata()
        .addToLabels(labels(ca, generation))
        .withOwnerReferences(owners(ca))
        .endMetadata()
        .build();
  }

  /** Whether labels and owner are as the spec asks. */
  public static boolean metadataCurrent(RootCA ca, Secret secret, int generation) {
    return labels(ca, generation).entrySet().stream()
            .allMatch(
                label ->
                    SecretData.label(secret, label.getKey()).equals(Optional.of(label.getValue())))
        && Owners.same(secret.getMetadata().getOwnerReferences(), owners(ca));
  }

  /**
   * Reads a Secret; present only when it carries this operator's seal for that RootCA and that
   * content, and has a key.
   */
  public static Optional<Sealed> read(String namespace, String rootCA, Secret secret, Seal seal) {
    OptionalInt number = number(rootCA, secret.getMetadata().getName());
    List<X509Certificate> chain = SecretData.certificates(secret, Keys.TLS_CRT);
    if (number.isEmpty()
        || chain.isEmpty()
        || !Keys.TYPE_CA.equals(secret.getType())
        || SecretData.value(secret, Keys.TLS_KEY).isEmpty()) {
      return Optional.empty();
    }
    String expected =
        seal.ofGeneration(
            namespace, rootCA, number.getAsInt(), Fingerprint.of(chain.get(0)).toString());
    return Seal.matches(SecretData.annotation(secret, Keys.SEAL).orElse(null), expected)
        ? Optional.of(
            new Sealed(
                number.getAsInt(),
                chain.get(0),
                SecretData.annotation(secret, Keys.SIGNING_SINCE).isPresent(),
                secret))
        : Optional.empty();
  }

  private static String seal(RootCA ca, int generation, X509Certificate certificate, Seal seal) {
    return seal.ofGeneration(
        ca.getMetadata().getNamespace(),
        ca.getMetadata().getName(),
        generation,
        Fingerprint.of(certificate).toString());
  }

  private static Map<String, String> labels(RootCA ca, int generation) {
    return Map.of(
        Keys.MANAGED_BY_LABEL,
        Keys.MANAGED_BY,
        Keys.KIND_LABEL,
        "RootCA",
        Keys.ROOT_CA_LABEL,
        ca.getMetadata().getName(),
        Keys.GENERATION,
        Integer.toString(generation));
  }

  private static List<OwnerReference> owners(RootCA ca) {
    return ca.getSpec().deletionPolicy() == DeletionPolicy.Delete
        ? List.of(Owners.reference(ca))
        : List.of();
  }
}
