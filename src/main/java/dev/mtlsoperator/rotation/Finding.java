package dev.mtlsoperator.rotation;

/**
 * The result of a rule: a reason for programs and a message for people, which appear unchanged in
 * the log, in Events and in status.
 *
 * @param message what happened and how to fix it; never contains key material
 */
public record Finding(Reason reason, String message) {}
