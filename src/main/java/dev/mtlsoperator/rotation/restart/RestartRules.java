package dev.mtlsoperator.rotation.restart;

import dev.mtlsoperator.pki.encoding.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Decides when a workload restarts because of a Secret. An annotation on the workload notes the
 * digest of the content with which it runs, so that no state is kept in memory: a restart is due
 * while the note differs from the Secret. A workload without a note only gets one, since its pods
 * have just started with the content.
 */
public final class RestartRules {
  private static final String ANNOTATION = "mtls-operator.dev/secret.";

  /** Kubernetes allows at most 63 characters after the slash. */
  private static final int LONGEST_WHOLE = 55;

  private static final int CUT = 39;
  private static final int HASH_BYTES = 8;

  /** What to do with a workload. */
  public enum Step {
    /** It is missing, or does not consent; the report does not tell which. */
    NOT_AVAILABLE,
    /** It runs with the Secret's content. */
    CURRENT,
    /** It has no note yet: write one. */
    NOTE,
    /** It runs with other content: restart it. */
    RESTART
  }

  /**
   * The annotations of a workload.
   *
   * @param consent its annotation {@code allow-restart}
   * @param noted the digest of the content with which it runs
   * @param template the same digest in its pod template, where a restart writes it
   */
  public record Seen(Optional<String> consent, Optional<String> noted, Optional<String> template) {}

  private RestartRules() {}

  /**
   * Decides for one workload.
   *
   * @param workload empty if there is none
   * @param digest of the Secret's content
   */
  public static Step decide(Optional<Seen> workload, String secretName, String digest) {
    if (workload.flatMap(Seen::consent).filter(consent -> agrees(consent, secretName)).isEmpty()) {
      return Step.NOT_AVAILABLE;
    }
    Optional<String> runsWith = workload.flatMap(Seen::noted).or(() -> workload.get().template());
    if (runsWith.isEmpty()) {
      return Step.NOTE;
    }
    return runsWith.get().equals(digest) ? Step.CURRENT : Step.RESTART;
  }

  /**
   * The annotation for a Secret on the workload and in its pod template: one for each Secret, so
   * that a workload can have several certificates. A name that is too long is truncated and made
   * unique by its hash.
   */
  public static String annotation(String secretName) {
    return ANNOTATION
        + (secretName.length() <= LONGEST_WHOLE
            ? secretName
            : secretName.substring(0, CUT) + "-" + hash(secretName));
  }

  private static boolean agrees(String consent, String secretName) {
    return Arrays.stream(consent.split(",", -1))
        .map(String::strip)
        .anyMatch(name -> name.equals("*") || name.equals(secretName));
  }

  private static String hash(String text) {
    byte[] digest = Sha256.digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
  }
}
