package dev.mtlsoperator.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import picocli.CommandLine.ExitCode;

/** What a command says when it fails, and its exit codes: 2 for a mistake of the user, else 1. */
public final class CommandFailures {
  private CommandFailures() {}

  /** The work of a command. */
  @FunctionalInterface
  public interface Work {
    /**
     * Does it.
     *
     * @throws UserError if the user must correct something; then nothing is written
     */
    void run() throws IOException;
  }

  /**
   * Does the work, and tells in a line or two why it failed.
   *
   * @return the exit code
   */
  public static int told(PrintWriter err, Work work) {
    try {
      work.run();
      return ExitCode.OK;
    } catch (UserError e) {
      e.messages().forEach(err::println);
      err.println("Nothing was written.");
      return ExitCode.USAGE;
    } catch (FileSystemException e) {
      err.println(
          "mtls-operator: "
              + e.getFile()
              + ": "
              + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason()));
      return ExitCode.SOFTWARE;
    } catch (IOException e) {
      err.println("mtls-operator: " + e.getMessage());
      return ExitCode.SOFTWARE;
    }
  }
}
