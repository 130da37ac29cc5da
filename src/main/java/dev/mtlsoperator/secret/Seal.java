package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.leaf.LeafCert;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Proves that an object was written by this operator: an HMAC-SHA-256 over what must not be
 * exchanged, keyed by a Secret in the operator's own namespace. Who may write Secrets in a tenant's
 * namespace can copy a seal, but not make one.
 */
public final class Seal {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private final SecretKeySpec key;

  /**
   * @param key at least 32 random bytes
   */
  public Seal(byte[] key) {
    if (key.length < KEY_BYTES) {
      throw new IllegalArgumentException(
          "the seal's key has " + key.length + " bytes, it needs " + KEY_BYTES);
    }
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /**
   * Of a CA generation.
   *
   * @param fingerprints SHA-256 of its certificate and of all that stand above it
   */
  public String ofGeneration(
      String namespace, String rootCA, int generation, List<String> fingerprints) {
    return hmac(
        Stream.concat(
                Stream.of("generation", namespace, rootCA, Integer.toString(generation)),
                fingerprints.stream())
            .toArray(String[]::new));
  }

  /**
   * Of all that is noted on a CA generation.
   *
   * @param generation its own seal: what is noted on another one proves nothing
   * @param revision how often something was noted on it
   * @param notes by their keys; what is absent is proven to be absent
   */
  public String ofMilestones(String generation, long revision, SortedMap<String, String> notes) {
    return hmac(
        Stream.concat(
                Stream.of("latches", generation, Long.toString(revision)),
                notes.entrySet().stream().flatMap(e -> Stream.of(e.getKey(), e.getValue())))
            .toArray(String[]::new));
  }

  /**
   * Of a leaf's Secret: for one resource by its name, so that it also holds when both come back
   * from a backup.
   *
   * @param digest of the whole content
   * @param truststore the note of what its truststore holds, where that is not what its trust
   *     bundle does, see {@link Keys#TRUSTSTORE_BEHIND}
   */
  public String ofLeaf(LeafCert<?> leaf, int revision, String digest, Optional<String> truststore) {
    return ofLeaf(
        leaf.getKind(),
        leaf.getMetadata().getNamespace(),
        leaf.getMetadata().getName(),
        leaf.effectiveSecretName(),
        revision,
        digest,
        truststore);
  }

  /** The same, of a leaf of that kind and name. */
  public String ofLeaf(
      String kind,
      String namespace,
      String name,
      String secretName,
      int revision,
      String digest,
      Optional<String> truststore) {
    return hmac(
        Stream.concat(
                Stream.of(
                    "leaf", kind, namespace, name, secretName, Integer.toString(revision), digest),
                truststore.stream())
            .toArray(String[]::new));
  }

  /**
   * Of the note on a leaf's Secret which RootCAs of other namespaces let the leaf in.
   *
   * @param admittedBy the note
   */
  public String ofAdmission(LeafCert<?> leaf, String admittedBy) {
    return hmac(
        "admission",
        leaf.getKind(),
        leaf.getMetadata().getNamespace(),
        leaf.getMetadata().getName(),
        leaf.effectiveSecretName(),
        admittedBy);
  }

  /**
   * Of the note on a leaf's Secret which CA each certificate in its trust bundle is from.
   *
   * @param digest of the whole content
   * @param sources the note
   */
  public String ofTrustSources(LeafCert<?> leaf, String digest, String sources) {
    return hmac(
        "trust-sources",
        leaf.getKind(),
        leaf.getMetadata().getNamespace(),
        leaf.getMetadata().getName(),
        leaf.effectiveSecretName(),
        digest,
        sources);
  }

  /**
   * Of a trust ConfigMap.
   *
   * @param digest of its certificates
   */
  public String ofTrust(String namespace, String rootCA, String digest) {
    return hmac("trust", namespace, rootCA, digest);
  }

  /**
   * Of a further copy of a trust bundle: for one place, one RootCA and one content.
   *
   * @param parts what must not be exchanged, always in the same order
   */
  public String ofTrustCopy(String... parts) {
    String[] all = new String[parts.length + 1];
    all[0] = "trust-copy";
    System.arraycopy(parts, 0, all, 1, parts.length);
    return hmac(all);
  }

  /**
   * Of inputs with a secret among them, which a plain digest in an annotation would open to
   * guessing.
   */
  public String ofInputs(String... inputs) {
    return hmac(inputs);
  }

  /** Whether a seal as found (null: none) is the one expected; in constant time. */
  public static boolean matches(@Nullable String found, String expected) {
    return found != null
        && MessageDigest.isEqual(
            found.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "Seal[key withheld]";
  }

  private String hmac(String... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        // the length first, or two lists could run together to the same text
        mac.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        mac.update(bytes);
      }
      return "hmac-sha256:" + HexFormat.of().formatHex(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
