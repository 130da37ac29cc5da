package dev.mtlsoperator.pki.advice;

/**
 * What a rule found: a certificate that works, and which peers refuse it nevertheless.
 *
 * @param id of the rule
 * @param text what was found, who refuses it, and what to do instead
 */
public record Advice(String id, String text) {
  @Override
  public String toString() {
    return id + ": " + text;
  }
}
