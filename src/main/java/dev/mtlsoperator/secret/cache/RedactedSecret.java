package dev.mtlsoperator.secret.cache;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.CompactObjects;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.ca.GenerationNotes;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of a Secret that an informer cache holds: certificates, and digests of all other values.
 * Any tenant can label a Secret like one of the operator's, or add to one, so that Secrets larger
 * than the operator's are shortened to what they are judged by.
 */
public final class RedactedSecret {
  /** Labels, annotations, finalizers and owners; a template alone may need as much. */
  static final int LONGEST_METADATA = 8 * 1024;

  /**
   * In base64: five certificates with RSA-4096. Sealed values may be larger, since the operator
   * wrote them.
   */
  static final int LONGEST_FILE = 16 * 1024;

  /** In base64: sixteen of those. */
  static final int LONGEST_FILE_OF_A_GENERATION = 64 * 1024;

  /** Notes on trust sources and on a truststore that differs from the trust bundle. */
  static final int LONGEST_NOTE = 16 * 1024;

  /** The CAs that admit a leaf: nine with long names. */
  static final int LONGEST_ADMISSION = 2 * 1024;

  /** A note under a seal: a truststore of 900 certificates. */
  static final int LONGEST_SEALED_NOTE = 64 * 1024;

  /** A note on a generation: 900 distrusted certificates, all of which must be kept. */
  static final int LONGEST_NOTE_ON_A_GENERATION = 64 * 1024;

  /** Notes that are kept, with the greatest length that the operator writes. */
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
          Map.entry(Keys.RETAINED_FOR, CachedMetadata.LONGEST),
          Map.entry(Keys.TRUST_SOURCES, LONGEST_NOTE),
          Map.entry(Keys.TRUST_SOURCES_SEAL, CachedMetadata.LONGEST),
          Map.entry(Keys.TRUSTSTORE_BEHIND, LONGEST_NOTE),
          Map.entry(Keys.REVOCATIONS, CachedMetadata.LONGEST));

  private static final Map<String, Integer> NOTES_ON_GENERATIONS =
      GenerationNotes.keys().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Function.identity(), note -> LONGEST_NOTE_ON_A_GENERATION));

  private static final Set<String> PUBLIC =
      Set.of(Keys.TLS_CRT, Keys.CA_CRT, Keys.CROSS_CRT, Keys.CROSSES_CRT);

  private RedactedSecret() {}

  /** A copy without keys, passwords and keystores, whose digests still show tampering. */
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
   * A bounded copy of a leaf's Secret, or of one that looks like it. If it is {@link
   * CachedMetadata#isShortened}, the Secret must be read again before it is written.
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
      // the seal covers this note as well
      CachedMetadata.copy(
          secret, Keys.TRUSTSTORE_BEHIND, LONGEST_SEALED_NOTE, copy.getMetadata().getAnnotations());
    }
    return CompactObjects.of(copy);
  }

  /** A bounded copy of a sealed generation's Secret. */
  static Secret ofGeneration(Secret secret) {
    return CompactObjects.of(bounded(secret, LONGEST_FILE_OF_A_GENERATION, NOTES_ON_GENERATIONS));
  }

  /** A copy of a sealed record of CRLs: all of it is public, and the operator wrote it. */
  static Secret ofCrls(Secret secret) {
    Map<String, String> annotations = new HashMap<>();
    annotations.put(CachedMetadata.TEMPLATE, Templates.digest(secret));
    CachedMetadata.copy(secret, Keys.SEAL, annotations);
    Secret copy = new Secret();
    copy.setType(secret.getType());
    copy.setMetadata(CachedMetadata.metadata(secret, annotations));
    copy.setData(secret.getData());
    return CompactObjects.of(copy);
  }

  /**
   * Whether a copy may hide certificates because others made the Secret larger than the operator
   * does. Only the live Secret then shows what it trusts.
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

  /** A copy of a Secret that somebody else wrote: type, some labels, and digests of its values. */
  public static Secret ofOthers(Secret secret) {
    Map<String, String> annotations = new HashMap<>();
    // only its presence counts
    SecretData.annotation(secret, Keys.SEAL).ifPresent(seal -> annotations.put(Keys.SEAL, ""));
    Secret copy = new Secret();
    copy.setType(CachedMetadata.bounded(secret.getType()));
    copy.setMetadata(CachedMetadata.metadata(secret, annotations));
    copy.setData(redacted(secret.getData(), Set.of()));
    return CompactObjects.of(copy);
  }

  private static Map<String, String> redacted(Map<String, String> data, Set<String> plain) {
    Map<String, String> digests = new HashMap<>();
    if (data != null) {
      Digests.bounded(data)
          .forEach(
              (name, value) ->
                  digests.put(
                      name, plain.contains(name) ? shown(name, value) : Digests.ofValue(value)));
    }
    return digests;
  }

  // the trust bundle is the same for all leaves of a CA
  private static @Nullable String shown(String name, String value) {
    return name.equals(Keys.CA_CRT) ? CompactObjects.shared(value) : value;
  }
}
