package dev.mtlsoperator.rotation;

/**
 * What a rule found: its reason for programs and its message for people. It travels unchanged into
 * the log, the Event and the status.
 *
 * @param message what is so and what to do about it; never holds key material
 */
public record Finding(Reason reason, String message) {}
