package dev.mtlsoperator.harness;

import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The baseline of the operator's benchmark: the same client makes only the two writes of each leaf,
 * with the same sizes and verbs and without cryptography, in a separate JVM that is measured from
 * its start.
 */
public final class BareWrites {
  private static final Pattern CPU = Pattern.compile("(?m)^CPU: (PT\\S+)$");

  private BareWrites() {}

  /**
   * The CPU time that it took, from its output.
   *
   * @throws IllegalArgumentException when it did not come to its end
   */
  public static Duration reportedCpu(String output) {
    Matcher reported = CPU.matcher(output);
    if (!reported.find()) {
      throw new IllegalArgumentException("no CPU time in: " + output);
    }
    return Duration.parse(reported.group(1));
  }

  /**
   * Runs it, and prints the CPU time that it took.
   *
   * @param args namespace of the leaves to write for, number of leaves, namespace of a leaf {@code
   *     s0} that is Ready
   */
  public static void main(String[] args) {
    String namespace = args[0];
    int count = Integer.parseInt(args[1]);
    try (KubernetesClient client = Clients.create(new ApiTraffic())) {
      Secret secret = client.secrets().inNamespace(args[2]).withName("s0").require();
      LeafStatus status =
          client
              .resources(ServerCert.class)
              .inNamespace(args[2])
              .withName("s0")
              .require()
              .getStatus();
      Bulk.each(
          count,
          i -> {
            client
                .resource(
                    new SecretBuilder(secret)
                        .withMetadata(
                            new ObjectMetaBuilder()
                                .withNamespace(namespace)
                                .withName("s" + i)
                                .withLabels(secret.getMetadata().getLabels())
                                .withAnnotations(secret.getMetadata().getAnnotations())
                                .build())
                        .build())
                .create();
            ServerCert fresh = new ServerCert();
            fresh.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName("s" + i).build());
            fresh.setStatus(status);
            client
                .resource(fresh)
                .subresource("status")
                .patch(
                    new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager("servercert")
                        .withForce(true)
                        .build());
          });
    }
    System.out.println("CPU: " + Usage.of(ProcessHandle.current()).cpu());
  }
}
