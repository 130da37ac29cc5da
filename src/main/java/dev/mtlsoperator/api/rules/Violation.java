package dev.mtlsoperator.api.rules;

/**
 * A rule that a resource breaks.
 *
 * @param path the field, such as {@code spec.dnsNames[3]}
 * @param message what is wrong and how to fix it; may quote the value, never a secret
 */
public record Violation(String path, String message) {
  @Override
  public String toString() {
    return path + ": " + message;
  }
}
