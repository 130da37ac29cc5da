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
 * Leader election: of several operators, only the holder of the Lease {@value #LEASE} in the
 * operator's namespace works. The others keep their caches warm and write nothing except the seal's
 * key, which is created once.
 *
 * <p>An operator that loses the Lease exits at once, because JOSDK (5.3.2) would go on working. One
 * that was frozen for longer than the Lease lasts exits before its next write. A write that is in
 * flight is harmless: each write of a Secret carries a resourceVersion or is a creation.
 */
final class Leadership {
  /** Name of the Lease. */
  static final String LEASE = "mtls-operator";

  /** How long a crashed leader blocks its successor; the default of client-go. */
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);

  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);

  /** The client waits up to 2.2 times this: a released Lease is acquired within two seconds. */
  private static final Duration RETRY_PERIOD = Duration.ofMillis(800);

  /** Leaves two seconds for clock skew. */
  private static final Duration FENCE = LEASE_DURATION.minusSeconds(2);

  /** Far longer than the interval of the election's requests and their timeout of ten seconds. */
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

  /** Prevents writes of a leader that was frozen for longer than its Lease lasts. */
  void fence(ApiTraffic traffic) {
    traffic.fence(
        FENCE,
        () -> {
          LOG.atError()
              .addKeyValue("lease", LEASE)
              .log("the lease has expired: this operator exits");
          Runtime.getRuntime().halt(1);
        });
  }

  /** Whether this operator holds the Lease. */
  boolean isLeading() {
    return leading;
  }

  /**
   * Exits when the election no longer requests the Lease. The election of Fabric8 (7.6) stops for
   * good at an unexpected exception, such as one about a Lease without a time; a standby would then
   * wait forever. To be called every few seconds.
   */
  void watch(ApiTraffic traffic) {
    silences = traffic.isLeaseAwaited(LONGEST_SILENCE) ? silences + 1 : 0;
    // a process that was suspended has not asked either, but does so as soon as it resumes
    if (silences >= MOST_SILENCES && !ending) {
      LOG.atError()
          .addKeyValue("lease", LEASE)
          .log("the leader election has stopped: this operator exits, to be restarted");
      Runtime.getRuntime().halt(1);
    }
  }

  /** From now on, losing the Lease is intended. */
  void end() {
    ending = true;
  }

  /**
   * Releases the Lease, so that another operator leads within seconds; to be called when this one
   * has stopped working.
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
      LOG.atInfo()
          .addKeyValue("lease", LEASE)
          .log("the lease was not released: it expires by itself");
    }
  }

  private void lost() {
    leading = false;
    if (!ending) {
      LOG.atError().addKeyValue("lease", LEASE).log("the lease is lost: this operator exits");
      Runtime.getRuntime().halt(1);
    }
  }

  // null: nobody holds the Lease
  private void announce(@Nullable String holder) {
    if (holder != null && !holder.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("lease", LEASE)
          .addKeyValue("leader", holder)
          .log(holder.equals(identity) ? "this operator leads" : "another operator leads");
    }
  }
}
