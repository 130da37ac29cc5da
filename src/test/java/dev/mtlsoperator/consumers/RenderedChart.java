package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The chart as {@code helm template} renders it. */
public final class RenderedChart {
  /** Values with which it renders all that it offers. */
  public static final String ALL =
      "replicas=2,podDisruptionBudget.enabled=true,networkPolicy.enabled=true,crl.enabled=true,"
          + "serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboards.enabled=true,"
          + "rolloutRestart.enabled=true";

  private RenderedChart() {}

  /**
   * Renders it into a file.
   *
   * @param values as for {@code --set}
   */
  public static Path with(String values, Path folder) throws IOException {
    Consumer helm = Consumer.provision("src/test/tools/provision-helm.sh");
    String rendered =
        helm.run(
                Path.of("").toAbsolutePath(),
                Map.of("HOME", folder.toString()),
                "template",
                "mtls-operator",
                "helm/mtls-operator",
                "--namespace",
                "mtls-operator",
                "--set",
                values)
            .orThrow()
            .output();
    return Files.writeString(folder.resolve("rendered.yaml"), rendered);
  }
}
