package dev.mtlsoperator.rotation.restart;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * When a workload restarts because of a Secret. Which content it runs with is noted on the workload
 * itself, so that nothing is owed from memory: a restart is due while the note is another than the
 * Secret's content. The first time the content is only noted: its pods have just started with it.
 * Pure.
 */
public final class RestartRules {
  private static final String ANNOTATION = "mtls-operator.dev/secret.";

  /** A name of 63 characters is the longest that Kubernetes takes after the slash. */
  private static final int LONGEST_WHOLE = 55;

  private static final int CUT = 39;
  private static final int HASH_BYTES = 8;

  /** What is to be done with a workload. */
  public enum Step {
    /** It is missing, or does not agree; which of the two is not told. */
    NOT_AVAILABLE,
    /** It runs with the Secret's content. */
    CURRENT,
    /** It is seen for the first time: what it runs with is noted. */
    NOTE,
    /** It runs with another content. */
    RESTART
  }

  /**
   * A workload as it is.
   *
   * @param consent its annotation {@code allow-restart}
   * @param noted which content it runs with, by the note on it
   * @param template the same in its pod template, where a restart has left it
   */
  public record Seen(Optional<String> consent, Optional<String> noted, Optional<String> template) {}

  private RestartRules() {}

  /**
   * Decides for one workload.
   *
   * @param workload empty: there is none
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
   * The annotation for a Secret, on the workload and in its pod template: one for each Secret, so
   * that two certificates of a workload do not fight. A name too long for it is cut and told apart
   * by its hash.
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
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
