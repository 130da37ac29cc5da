package dev.mtlsoperator.cli;

import dev.mtlsoperator.cli.manifest.Manifests;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Collects what the user must correct, so that one run reports all of it. */
final class Mistakes {
  private final Manifests manifests;
  private final List<String> messages = new ArrayList<>();

  Mistakes(Manifests manifests) {
    this.manifests = manifests;
  }

  /** A check that reports by throwing a {@link UserError}. */
  @FunctionalInterface
  interface Check {
    void run() throws IOException;
  }

  /** Adds what is wrong with a resource, and where it was read. */
  void add(HasMetadata resource, String message) {
    messages.add(
        manifests.place(resource) + ", " + OfflineIssuer.describe(resource) + ": " + message);
  }

  /** Runs a check and adds what it reports. */
  void collect(Check check) throws IOException {
    try {
      check.run();
    } catch (UserError e) {
      messages.addAll(e.messages());
    }
  }

  int count() {
    return messages.size();
  }

  /**
   * Stops if there are any.
   *
   * @throws UserError with all of them
   */
  void throwIfAny() {
    if (!messages.isEmpty()) {
      throw new UserError(messages);
    }
  }
}
