package dev.mtlsoperator.cluster;

/** What a run of kubectl said. */
public record KubectlResult(int exitCode, String stdout, String stderr) {
  /**
   * The standard output of a successful run.
   *
   * @throws IllegalStateException with all that kubectl said, when the exit code is not 0
   */
  public String orThrow() {
    if (exitCode != 0) {
      throw new IllegalStateException("kubectl ended with " + exitCode + ":\n" + stdout + stderr);
    }
    return stdout;
  }
}
