package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.rotation.LeafHorizon;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Notes on a generation's Secret until when certificates that it signed may be in use, before the
 * first one that lives longer is published. What is noted is remembered: a thousand leaves cost one
 * write.
 */
public final class Horizons {
  private final KubernetesClient client;
  private final Map<String, Instant> noted = new ConcurrentHashMap<>();

  public Horizons(KubernetesClient client) {
    this.client = client;
  }

  /** Returns when it is noted. @throws KubernetesClientException when it cannot be */
  void reach(String rootCA, Sealed generation, X509Certificate leaf) {
    ObjectMeta metadata = generation.secret().getMetadata();
    noted.compute(
        metadata.getUid(),
        (uid, known) -> {
          Optional<Instant> seen =
              Optional.ofNullable(known)
                  .or(() -> generation.generation().latches().lastLeafNotAfter());
          return LeafHorizon.beyond(seen, leaf, generation.generation().path())
              .map(wanted -> note(rootCA, metadata, generation.number(), wanted))
              .or(() -> seen)
              .orElse(null);
        });
  }

  private Instant note(String rootCA, ObjectMeta metadata, int number, Instant wanted) {
    client
        .secrets()
        .inNamespace(metadata.getNamespace())
        .withName(GenerationSecret.name(rootCA, number))
        .edit(
            (Secret live) ->
                live.getMetadata().getUid().equals(metadata.getUid())
                    ? GenerationSecret.latch(
                        live, GenerationSecret.latches(live).withLastLeafNotAfter(wanted))
                    : live);
    return wanted;
  }
}
