package dev.mtlsoperator.cli;

import java.util.List;

/** A mistake that the user must correct; nothing was written. */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> messages;

  public UserError(List<String> messages) {
    super(String.join("\n", messages));
    this.messages = List.copyOf(messages);
  }

  public UserError(String message) {
    this(List.of(message));
  }

  /** What is wrong, a line each. */
  public List<String> messages() {
    return messages;
  }
}
