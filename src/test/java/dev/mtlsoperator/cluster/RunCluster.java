package dev.mtlsoperator.cluster;

import java.io.IOException;

/**
 * Runs an embedded cluster for interactive use: prints how to reach it, and ends it on Enter,
 * Ctrl-C or SIGTERM.
 */
public final class RunCluster {
  private RunCluster() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      System.out.println("export KUBECONFIG=" + cluster.kubeconfig());
      System.out.println("Enter or Ctrl-C ends it.");
      if (System.in.read() < 0) {
        // no terminal: runs until a signal
        cluster.apiServer().onExit().join();
      }
    }
  }
}
