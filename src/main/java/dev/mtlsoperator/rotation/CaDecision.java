package dev.mtlsoperator.rotation;

/** What is to be done for a RootCA. */
public sealed interface CaDecision {

  /** Generation {@code number} is created. */
  record Create(int number, Finding why) implements CaDecision {}

  /** A Secret that a person vouched for is sealed as a generation. */
  record Adopt(String secretName, Finding why) implements CaDecision {}

  /** Owner and labels of the generations' Secrets are brought in line with the spec. */
  record Relabel(Finding why) implements CaDecision {}

  /** The trust ConfigMap is written. */
  record PublishTrust(Finding why) implements CaDecision {}

  /** All is well. */
  record Keep() implements CaDecision {}

  /** A person must act; nothing is touched. */
  record Refuse(Finding why) implements CaDecision {}
}
