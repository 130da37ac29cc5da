package dev.mtlsoperator.secret.cache;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What of a Secret may lie in a cache: certificates as they are, of all else the digest. Anybody
 * may label a Secret like one of ours, or add to one of ours: what is larger than ours are is
 * shortened to what it is judged by.
 */
public final class RedactedSecret {
  /** Labels, annotations, finalizers and owners; a template may bring as much by itself. */
  static final int LONGEST_METADATA = 8 * 1024;

  /** In base64: five certificates with RSA-4096. What is sealed may be larger: we wrote it. */
  static final int LONGEST_FILE = 16 * 1024;

  /** In base64: sixteen of those. */
  static final int LONGEST_FILE_OF_A_GENERATION = 64 * 1024;

  /** Which CA each trusted certificate is from, and what a truststore is behind by. */
  static final int LONGEST_NOTE = 16 * 1024;

  /** The CAs that let a leaf in: nine, with long names. */
  static final int LONGEST_ADMISSION = 2 * 1024;

  /** Of one that the seal is over: a truststore of 900 certificates. */
  static final int LONGEST_SEALED_NOTE = 64 * 1024;

  /** The same on a generation: 900 distrusted ones, none of which may be forgotten. */
  static final int LONGEST_NOTE_ON_A_GENERATION = 64 * 1024;

  /** And how long each is at most, as the operator writes it. */
  private static final Map<String, Integer> NOTES_ON_LEAVES =
      Map.ofEntries(
          Map.entry(Keys.SEAL, CachedMetadata.LONGEST),
          Map.entry(Keys.REVISION, CachedMetadata.LONGEST),
          Map.entry(Keys.GENERATION, CachedMetadata.LONGEST),
          Map.entry(Keys.LAYOUT, CachedMetadata.LONGEST),
          Map.entry(Keys.ADDITIONAL_TRUST, CachedMetadata.LONGEST),
          Map.entry(Keys.ADMITTED_BY, LONGEST_ADMISSION),
          Map.entry(Keys.ADMITTED_SEAL, CachedMetadata.LONGEST),
          Map.entry(Keys.TRUST_SINCE, CachedMetadata.LONGEST),
          Map.entry(Keys.TRUST_SOURCES, LONGEST_NOTE),
          Map.entry(Keys.TRUST_SOURCES_SEAL, CachedMetadata.LONGEST),
          Map.entry(Keys.TRUSTSTORE_BEHIND, LONGEST_NOTE));

  private static final Map<String, Integer> NOTES_ON_GENERATIONS =
      GenerationSecret.annotations().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Function.identity(), note -> LONGEST_NOTE_ON_A_GENERATION));

  private static final Set<String> PUBLIC = Set.of(Keys.TLS_CRT, Keys.CA_CRT, Keys.CROSS_CRT);

  private RedactedSecret() {}

  /**
   * A copy of a Secret without keys, passwords and keystores; tampering still shows in the digests.
   */
  public static Secret of(Secret secret) {
    Secret copy = new Secret();
    copy.setApiVersion(secret.getApiVersion());
    copy.setKind(secret.getKind());
    copy.setType(CachedMetadata.bounded(secret.getType()));
    copy.setImmutable(secret.getImmutable());
    copy.setMetadata(CachedMetadata.withoutManagedFields(secret.getMetadata()));
    copy.setData(redacted(secret.getData(), PUBLIC));
    return copy;
  }

  /**
   * The same of a leaf's Secret, or of what looks like one, bounded. A Secret that is {@link
   * CachedMetadata#isShortened} has to be read anew before it is written.
   */
  public static Secret ofLeaf(Secret secret, Seal seal) {
    boolean sealed =
        (hasLargerFiles(secret, LONGEST_FILE)
                || CachedMetadata.size(secret.getMetadata()) > LONGEST_METADATA)
            && LeafSecret.isSealed(secret, seal);
    Secret copy = bounded(secret, sealed ? Integer.MAX_VALUE : LONGEST_FILE, NOTES_ON_LEAVES);
    if (CachedMetadata.isShortened(copy)) {
      SecretData.annotation(secret, Api.RENEW_ANNOTATION)
          .map(CachedMetadata::request)
          .ifPresent(
              request -> copy.getMetadata().getAnnotations().put(Api.RENEW_ANNOTATION, request));
    }
    if (sealed) {
      // the seal is over it as well
      CachedMetadata.copy(
          secret, Keys.TRUSTSTORE_BEHIND, LONGEST_SEALED_NOTE, copy.getMetadata().getAnnotations());
    }
    return copy;
  }

  /** The same of a sealed generation's Secret, bounded. */
  static Secret ofGeneration(Secret secret) {
    return bounded(secret, LONGEST_FILE_OF_A_GENERATION, NOTES_ON_GENERATIONS);
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

  private static Secret bounded(Secret secret, int longestFile, Map<String, Integer> notes) {
    Secret copy = of(secret);
    boolean large = hasLargerFiles(secret, longestFile);
    if (large) {
      copy.getData()
          .replaceAll(
              (name, value) -> value.length() > longestFile ? Digests.ofValue(value) : value);
    }
    if (large || CachedMetadata.size(secret.getMetadata()) > LONGEST_METADATA) {
      Map<String, String> annotations = new HashMap<>();
      annotations.put(CachedMetadata.SHORTENED, "");
      annotations.put(CachedMetadata.TEMPLATE, Templates.digest(secret));
      notes.forEach((note, longest) -> CachedMetadata.copy(secret, note, longest, annotations));
      copy.setMetadata(CachedMetadata.metadata(secret, annotations));
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
    copy.setType(CachedMetadata.bounded(secret.getType()));
    copy.setMetadata(CachedMetadata.metadata(secret, annotations));
    copy.setData(redacted(secret.getData(), Set.of()));
    return copy;
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
