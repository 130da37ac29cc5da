package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.Api;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What of a Secret may lie in a cache: certificates as they are, of all else the digest. Anybody
 * may label a Secret like one of ours, or add to one of ours: what is larger than ours are is
 * shortened to what it is judged by.
 */
public final class Redaction {
  /** Labels, annotations, finalizers and owners; a template may bring as much by itself. */
  static final int LONGEST_METADATA = 8 * 1024;

  /** In base64: five certificates with RSA-4096. What is sealed may be larger: we wrote it. */
  static final int LONGEST_FILE = 16 * 1024;

  /** In base64: sixteen of those. */
  static final int LONGEST_FILE_OF_A_GENERATION = 64 * 1024;

  /** One annotation that counts; which CA each trusted certificate is from may take as much. */
  static final int LONGEST_NOTE = 16 * 1024;

  /** Of one that the seal is over: a truststore of 900 certificates. */
  static final int LONGEST_SEALED_NOTE = 64 * 1024;

  /** The same on a generation: 900 distrusted ones, none of which may be forgotten. */
  static final int LONGEST_NOTE_ON_A_GENERATION = 64 * 1024;

  /** Annotation: somebody added so much that not all of it is here; no legal key in Kubernetes. */
  private static final String SHORTENED = "shortened in the cache";

  private static final Set<String> NOTES_ON_LEAVES =
      Set.of(
          Keys.SEAL,
          Keys.REVISION,
          Keys.GENERATION,
          Keys.LAYOUT,
          Keys.ADDITIONAL_TRUST,
          Keys.ADMITTED_BY,
          Keys.ADMITTED_SEAL,
          Keys.TRUST_SINCE,
          Keys.TRUST_SOURCES,
          Keys.TRUST_SOURCES_SEAL,
          Keys.TRUSTSTORE_BEHIND,
          Api.RENEW_ANNOTATION);

  private static final Set<String> PUBLIC = Set.of(Keys.TLS_CRT, Keys.CA_CRT, Keys.CROSS_CRT);

  private Redaction() {}

  /**
   * A copy of a Secret without keys, passwords and keystores; tampering still shows in the digests.
   */
  public static Secret of(Secret secret) {
    Secret copy = new Secret();
    copy.setApiVersion(secret.getApiVersion());
    copy.setKind(secret.getKind());
    copy.setType(Abridged.bounded(secret.getType()));
    copy.setImmutable(secret.getImmutable());
    copy.setMetadata(withoutManagedFields(secret.getMetadata()));
    copy.setData(redacted(secret.getData(), PUBLIC));
    return copy;
  }

  /**
   * The same of a leaf's Secret, or of what looks like one, bounded. A Secret that is {@link
   * #isShortened} has to be read anew before it is written.
   */
  public static Secret ofLeaf(Secret secret, Seal seal) {
    boolean sealed =
        (hasLargerFiles(secret, LONGEST_FILE)
                || Abridged.size(secret.getMetadata()) > LONGEST_METADATA)
            && LeafSecret.isSealed(secret, seal);
    Secret copy =
        bounded(secret, sealed ? Integer.MAX_VALUE : LONGEST_FILE, NOTES_ON_LEAVES, LONGEST_NOTE);
    if (sealed) {
      // the seal is over it as well
      Abridged.copy(
          secret, Keys.TRUSTSTORE_BEHIND, LONGEST_SEALED_NOTE, copy.getMetadata().getAnnotations());
    }
    return copy;
  }

  /** The same of a sealed generation's Secret, bounded. */
  static Secret ofGeneration(Secret secret) {
    return bounded(
        secret,
        LONGEST_FILE_OF_A_GENERATION,
        GenerationSecret.annotations(),
        LONGEST_NOTE_ON_A_GENERATION);
  }

  /** Whether there is more to a Secret than its copy shows, beside what is secret. */
  public static boolean isShortened(Secret copy) {
    return SecretData.annotation(copy, SHORTENED).isPresent();
  }

  /**
   * Whether a copy does not show certificates that are there, or may be: what others made larger
   * than what the operator writes. Whom it trusts, only the Secret itself tells.
   */
  public static boolean hidesCertificates(Secret copy) {
    return copy.getData() != null
        && (Digests.areBounded(copy.getData())
            || PUBLIC.stream()
                .map(copy.getData()::get)
                .anyMatch(value -> value != null && value.startsWith(Digests.PREFIX)));
  }

  private static Secret bounded(
      Secret secret, int longestFile, Set<String> notes, int longestNote) {
    Secret copy = of(secret);
    boolean large = hasLargerFiles(secret, longestFile);
    if (large) {
      copy.getData()
          .replaceAll(
              (name, value) -> value.length() > longestFile ? Digests.ofValue(value) : value);
    }
    if (large || Abridged.size(secret.getMetadata()) > LONGEST_METADATA) {
      Map<String, String> annotations = new HashMap<>();
      annotations.put(SHORTENED, "");
      annotations.put(Abridged.TEMPLATE, Templates.digest(secret));
      notes.forEach(note -> Abridged.copy(secret, note, longestNote, annotations));
      copy.setMetadata(Abridged.metadata(secret, annotations));
    }
    return copy;
  }

  private static boolean hasLargerFiles(Secret secret, int longest) {
    return secret.getData() != null
        && PUBLIC.stream()
            .map(secret.getData()::get)
            .anyMatch(value -> value != null && value.length() > longest);
  }

  /**
   * A copy of a Secret that somebody else wrote, an input or what looks like ours: type, some
   * labels, and the digests of its values.
   */
  public static Secret ofOthers(Secret secret) {
    Map<String, String> annotations = new HashMap<>();
    // that there is one is what counts
    SecretData.annotation(secret, Keys.SEAL).ifPresent(seal -> annotations.put(Keys.SEAL, ""));
    Secret copy = new Secret();
    copy.setType(Abridged.bounded(secret.getType()));
    copy.setMetadata(Abridged.metadata(secret, annotations));
    copy.setData(redacted(secret.getData(), Set.of()));
    return copy;
  }

  /** Metadata without the field managers, which are larger than all the rest. */
  public static ObjectMeta withoutManagedFields(ObjectMeta metadata) {
    return new ObjectMetaBuilder(metadata).withManagedFields().build();
  }

  private static Map<String, String> redacted(Map<String, String> data, Set<String> plain) {
    Map<String, String> digests = new HashMap<>();
    if (data != null) {
      Digests.bounded(data)
          .forEach(
              (name, value) ->
                  digests.put(name, plain.contains(name) ? value : Digests.ofValue(value)));
    }
    return digests;
  }
}
