package dev.mtlsoperator.cli;

import java.util.List;

/** A mistake that the user must correct; nothing was written. */
final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> messages;

  UserError(List<String> messages) {
    super(String.join("\n", messages));
    this.messages = List.copyOf(messages);
  }

  UserError(String message) {
    this(List.of(message));
  }

  List<String> messages() {
    return messages;
  }
}
