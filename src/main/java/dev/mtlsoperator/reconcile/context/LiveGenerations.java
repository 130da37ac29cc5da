package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.kube.KeyedLocks;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks whether the cached generations of a CA match a recent read from the API server. A leaf
 * that is written from an older view would bring back former trust or a former signer. Therefore
 * the view is never older than half an overlap, which is the time between two steps of a rotation.
 * One read serves all leaves of a CA for at most half a minute.
 */
public final class LiveGenerations {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int MOST_REMEMBERED = 10_000;

  private final KubernetesClient client;
  private final Map<String, Seen> seen = RecentlyUsed.atMost(MOST_REMEMBERED);
  private final KeyedLocks<String> reading = new KeyedLocks<>();

  /** The facts that leaves act on. */
  private record Essence(
      List<Fingerprint> trusted, Optional<Fingerprint> signer, Optional<Reissue> reissue) {
    // of the Secrets that exist, whatever the time
    static Essence of(CaGenerations seen) {
      CaGenerations generations = seen.timeless();
      return new Essence(
          generations.trusted().stream().map(CaGeneration::fingerprint).toList(),
          generations.signer().map(CaGeneration::fingerprint),
          generations.signer().map(signer -> signer.milestones().reissue()));
    }
  }

  private record Seen(Essence essence, long at) {
    boolean isYoungerThan(Duration age) {
      return System.nanoTime() - at < age.toNanos();
    }
  }

  public LiveGenerations(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Whether leaves may be written from cached generations.
   *
   * @param reader that of the run, which has read the cached ones
   * @param reported what the CA's status says about its generations
   */
  public boolean confirm(
      String namespace,
      String rootCA,
      CaGenerations cached,
      GenerationReader reader,
      ReportedStatus reported,
      Duration overlap) {
    Essence wanted = Essence.of(cached);
    Duration half = overlap.dividedBy(2);
    Duration age = half.compareTo(LONGEST) < 0 ? half : LONGEST;
    String key = GenerationSecrets.indexKey(namespace, rootCA);
    if (isConfirmed(key, wanted, age)) {
      return true;
    }
    // one read for all leaves of a CA, while those of others proceed
    return reading.run(
        key,
        () -> {
          if (isConfirmed(key, wanted, age)) {
            return true;
          }
          Seen now = read(namespace, rootCA, reader, reported);
          seen.put(key, now);
          return now.essence().equals(wanted);
        });
  }

  private boolean isConfirmed(String key, Essence wanted, Duration age) {
    Seen known = seen.get(key);
    return known != null && known.isYoungerThan(age) && known.essence().equals(wanted);
  }

  private Seen read(
      String namespace, String rootCA, GenerationReader reader, ReportedStatus reported) {
    long at = System.nanoTime();
    List<Secret> all = new ArrayList<>();
    List<Sealed> sealed = new ArrayList<>();
    Paging.ofOthers(
        client.secrets().inNamespace(namespace).withLabel(Keys.ROOT_CA_LABEL, rootCA)::list,
        found -> {
          Optional<Sealed> generation = reader.read(namespace, rootCA, found);
          // no key is kept; and of what any tenant may have labelled like a generation, only the
          // name
          Secret kept = generation.isPresent() ? RedactedSecret.of(found) : nameOf(found);
          all.add(kept);
          generation
              .map(it -> new Sealed(it.generation(), it.proof(), kept))
              .ifPresent(sealed::add);
        });
    return new Seen(
        Essence.of(
            GenerationSecrets.generations(GenerationSecrets.standing(sealed), all, reported)),
        at);
  }

  private static Secret nameOf(Secret found) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(found.getMetadata().getNamespace())
        .withName(found.getMetadata().getName())
        .endMetadata()
        .build();
  }
}
