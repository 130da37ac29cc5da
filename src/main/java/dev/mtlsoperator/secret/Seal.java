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
 * Proves that this operator wrote an object: an HMAC-SHA-256 over everything that must not be
 * changed or moved, with a key in a Secret in the operator's namespace. A tenant with write access
 * to Secrets can copy a seal but not make one.
 */
public final class Seal {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  /** With the key, copied for each seal, which is faster than to search the providers for it. */
  private final Mac blank;

  /**
   * @param key at least 32 random bytes
   */
  public Seal(byte[] key) {
    if (key.length < KEY_BYTES) {
      throw new IllegalArgumentException(
          "the seal's key has " + key.length + " bytes, it needs " + KEY_BYTES);
    }
    this.blank = blank(key);
  }

  private static Mac blank(byte[] key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  /**
   * The seal of a CA generation.
   *
   * @param fingerprints of its certificate, of those above it, and of its cross-certificate
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
   * The seal of the notes on a CA generation.
   *
   * @param generation its own seal, so that notes of another generation prove nothing
   * @param revision how often notes were written
   * @param notes by their keys; the seal also proves that others are absent
   */
  public String ofMilestones(String generation, long revision, SortedMap<String, String> notes) {
    return hmac(
        Stream.concat(
                Stream.of("latches", generation, Long.toString(revision)),
                notes.entrySet().stream().flatMap(e -> Stream.of(e.getKey(), e.getValue())))
            .toArray(String[]::new));
  }

  /**
   * The seal of a leaf's Secret, for one resource by its name, so that it stays valid if both are
   * restored from a backup.
   *
   * @param digest of the whole content
   * @param truststore the note of the certificates in its truststore if they differ from its trust
   *     bundle, see {@link Keys#TRUSTSTORE_BEHIND}
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

  /** The same for a leaf of that kind and name. */
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
   * The seal of the note which RootCAs of other namespaces admit a leaf.
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
   * The seal of the note from which CA each certificate in a leaf's trust bundle comes.
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
   * The seal of the Secret that remembers the CRLs of a RootCA.
   *
   * @param digest of its content
   */
  public String ofCrls(String namespace, String rootCA, String digest) {
    return hmac("crls", namespace, rootCA, digest);
  }

  /**
   * The seal of a trust ConfigMap.
   *
   * @param digest of its certificates
   */
  public String ofTrust(String namespace, String rootCA, String digest) {
    return hmac("trust", namespace, rootCA, digest);
  }

  /**
   * The seal of a copy of a trust bundle, for one place, RootCA and content.
   *
   * @param parts what must not be changed, always in the same order
   */
  public String ofTrustCopy(String... parts) {
    String[] all = new String[parts.length + 1];
    all[0] = "trust-copy";
    System.arraycopy(parts, 0, all, 1, parts.length);
    return hmac(all);
  }

  /**
   * A keyed digest of inputs that include a secret, which a plain digest would expose to guessing.
   */
  public String ofInputs(String... inputs) {
    return hmac(inputs);
  }

  /** Compares a seal that was found (null: none) with the expected one, in constant time. */
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
      Mac mac = (Mac) blank.clone();
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        // prefixed by the length, because two lists could be concatenated to the same text
        // otherwise
        mac.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        mac.update(bytes);
      }
      return "hmac-sha256:" + HexFormat.of().formatHex(mac.doFinal());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's " + ALGORITHM + " can be copied", e);
    }
  }
}
