package dev.mtlsoperator.api.rules;

/**
 * A rule that a resource breaks.
 *
 * @param path where, such as {@code spec.dnsNames[3]}
 * @param message what is wrong and what to write instead; it may quote the value, never a secret
 */
public record Violation(String path, String message) {
  @Override
  public String toString() {
    return path + ": " + message;
  }
}
