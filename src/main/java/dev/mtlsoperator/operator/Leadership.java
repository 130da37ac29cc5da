package dev.mtlsoperator.operator;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Of several operators one works: the holder of the Lease {@value #LEASE} in the operator's
 * namespace. The others keep their caches warm and write nothing but the seal's key, which is
 * created once.
 *
 * <p>Who loses the Lease ends at once, in the middle of whatever it does: the framework (5.3.2)
 * would go on working. Who was frozen for longer than the Lease lasts ends before its next write. A
 * write that is under way is harmless: each of a Secret is guarded by a resourceVersion or is a
 * creation.
 */
final class Leadership {
  /** Name of the Lease. */
  static final String LEASE = "mtls-operator";

  /** A crashed leader is succeeded after this; as client-go has it. */
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);

  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);

  /** The client waits up to 2.2 times as long: a Lease given back is taken within two seconds. */
  private static final Duration RETRY_PERIOD = Duration.ofMillis(800);

  /** Two seconds are left for clocks that differ. */
  private static final Duration FENCE = LEASE_DURATION.minusSeconds(2);

  /** The election asks every second or two, and gives up on an answer after ten. */
  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

  private static final int MOST_SILENCES = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final KubernetesClient client;
  private final String namespace;
  private final String identity;
  private volatile boolean leading;
  private int silences;
  private volatile boolean ending;

  Leadership(KubernetesClient client, String namespace, String host) {
    this.client = client;
    this.namespace = namespace;
    identity = host + "_" + UUID.randomUUID();
  }

  LeaderElectionConfiguration configuration() {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
        .withLeaseNamespace(namespace)
        .withIdentity(identity)
        .withLeaseDuration(LEASE_DURATION)
        .withRenewDeadline(RENEW_DEADLINE)
        .withRetryPeriod(RETRY_PERIOD)
        .withLeaderCallbacks(new LeaderCallbacks(() -> leading = true, this::lost, this::announce))
        .build();
  }

  /** Has no write sent by a leader that was frozen for longer than its Lease lasts. */
  void fence(ApiTraffic traffic) {
    traffic.fence(
        FENCE,
        () -> {
          LOG.atError()
              .addKeyValue("lease", LEASE)
              .log("the lease has run out: this operator ends");
          Runtime.getRuntime().halt(1);
        });
  }

  /** Whether this operator is the one that works. */
  boolean isLeading() {
    return leading;
  }

  /**
   * Ends the program when nobody asks for the Lease any more: the framework's election (Fabric8
   * 7.6) ends for good with an exception that it does not expect, such as of a Lease without a
   * time, and a standby would wait for ever. To be called every few seconds.
   */
  void watch(ApiTraffic traffic) {
    silences = traffic.isLeaseAwaited(LONGEST_SILENCE) ? silences + 1 : 0;
    // a process that was stopped for a while has not asked either, and does so at once
    if (silences >= MOST_SILENCES && !ending) {
      LOG.atError()
          .addKeyValue("lease", LEASE)
          .log("the leader election has ended: this operator ends, to be started again");
      Runtime.getRuntime().halt(1);
    }
  }

  /** From here on the end of the leadership is intended. */
  void end() {
    ending = true;
  }

  /**
   * Gives the Lease back, so that another operator leads within seconds; to be called when nothing
   * works any more.
   */
  void release() {
    try {
      Lease lease = client.leases().inNamespace(namespace).withName(LEASE).get();
      if (lease != null
          && lease.getSpec() != null
          && identity.equals(lease.getSpec().getHolderIdentity())) {
        lease.getSpec().setHolderIdentity("");
        lease.getSpec().setLeaseDurationSeconds(1);
        client.resource(lease).update();
      }
    } catch (KubernetesClientException e) {
      LOG.atInfo().addKeyValue("lease", LEASE).log("not given back: it runs out by itself");
    }
  }

  private void lost() {
    leading = false;
    if (!ending) {
      LOG.atError().addKeyValue("lease", LEASE).log("the lease is lost: this operator ends");
      Runtime.getRuntime().halt(1);
    }
  }

  // null: of a Lease that nobody holds
  private void announce(@Nullable String holder) {
    if (holder != null && !holder.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("lease", LEASE)
          .addKeyValue("leader", holder)
          .log(holder.equals(identity) ? "this operator leads" : "another operator leads");
    }
  }
}
