package dev.mtlsoperator.harness;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The roles of the chart for people in one namespace. */
public final class ChartRoles {
  private ChartRoles() {}

  /** Installs only the roles that the chart aggregates to view, edit and admin. */
  public static void install(EmbeddedCluster cluster) throws IOException {
    for (String document :
        Files.readString(Path.of("examples/deploy/operator.yaml")).split("\n---\n", -1)) {
      if (document.contains("aggregate-to-edit")) {
        cluster
            .client()
            .resource(Serialization.unmarshal(document, ClusterRole.class))
            .createOr(r -> r.update());
      }
    }
  }
}
