package dev.mtlsoperator.cluster;

/** The output and exit code of a kubectl run. */
public record KubectlResult(int exitCode, String stdout, String stderr) {
  /**
   * The standard output of a successful run.
   *
   * @throws IllegalStateException with all output of kubectl, when the exit code is not 0
   */
  public String orThrow() {
    if (exitCode != 0) {
      throw new IllegalStateException("kubectl ended with " + exitCode + ":\n" + stdout + stderr);
    }
    return stdout;
  }
}
