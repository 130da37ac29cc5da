package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.KeyedLocks;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.rotation.generation.LastLeafExpiry;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Records in a generation's Secret until when certificates that it signed may be in use, before the
 * first certificate that expires later is published. The recorded time is cached: a thousand leaves
 * cost one write.
 */
public final class LastLeafExpiryRecorder {
  private static final int MOST_ATTEMPTS = 3;
  private static final int MOST_REMEMBERED = 10_000;

  private final KubernetesClient client;
  private final Seal seal;
  private final Map<String, Instant> noted = RecentlyUsed.atMost(MOST_REMEMBERED);
  private final KeyedLocks<String> writing = new KeyedLocks<>();

  public LastLeafExpiryRecorder(KubernetesClient client, Seal seal) {
    this.client = client;
    this.seal = seal;
  }

  /**
   * Records the expiry of a leaf; it is stored when this method returns.
   *
   * @param reader that of the run
   * @throws KubernetesClientException when it cannot be recorded
   */
  public void reach(
      String rootCA, Sealed generation, X509Certificate leaf, GenerationReader reader) {
    if (beyond(generation, leaf).isEmpty()) {
      return;
    }
    ObjectMeta metadata = generation.secret().getMetadata();
    // one write for all leaves of a generation, while those of others proceed
    Optional<Instant> unused =
        writing.run(
            metadata.getUid(),
            () ->
                beyond(generation, leaf)
                    .map(
                        wanted -> {
                          Instant written = note(rootCA, generation, wanted, reader);
                          noted.put(metadata.getUid(), written);
                          return written;
                        }));
  }

  // the time to record; empty: a sufficient one is recorded
  private Optional<Instant> beyond(Sealed generation, X509Certificate leaf) {
    Optional<Instant> seen =
        Optional.ofNullable(noted.get(generation.secret().getMetadata().getUid()))
            .or(() -> generation.generation().milestones().lastLeafNotAfter());
    return LastLeafExpiry.beyond(seen, leaf, generation.generation().path());
  }

  // another replica, or a milestone of the CA, may be written first: then once more, based on that
  // write
  private Instant note(String rootCA, Sealed generation, Instant wanted, GenerationReader reader) {
    for (int attempt = 1; ; attempt++) {
      try {
        return write(rootCA, generation, wanted, reader);
      } catch (KubernetesClientException e) {
        if (!ApiErrors.isConflict(e) || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Instant write(String rootCA, Sealed generation, Instant wanted, GenerationReader reader) {
    ObjectMeta metadata = generation.secret().getMetadata();
    int number = generation.number();
    Secret live =
        client
            .secrets()
            .inNamespace(metadata.getNamespace())
            .withName(GenerationSecret.name(rootCA, number))
            .get();
    if (live == null || !live.getMetadata().getUid().equals(metadata.getUid())) {
      throw new KubernetesClientException(
          "the Secret of generation " + number + " of RootCA '" + rootCA + "' is gone");
    }
    // a Secret that others changed or put back must not be sealed anew
    Sealed judged =
        reader
            .read(metadata.getNamespace(), rootCA, live)
            .filter(it -> it.proof() instanceof Proof.Holds)
            .filter(it -> it.revision() >= generation.revision())
            .orElseThrow(
                () ->
                    new KubernetesClientException(
                        "the Secret of generation "
                            + number
                            + " of RootCA '"
                            + rootCA
                            + "' is not as this operator wrote it"));
    // the resourceVersion ensures that the record of another replica is never reverted
    client
        .resource(
            GenerationSecret.withMilestones(
                judged,
                judged.generation().milestones().with(it -> it.lastLeafNotAfter(wanted)),
                seal))
        .update();
    return wanted;
  }
}
