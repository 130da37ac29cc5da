package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Writes the finalizer that keeps a deleted leaf until its certificates are revoked. Finalizers of
 * others stay as they are.
 */
public final class RevocationFinalizers {
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  /** What the API server refused is tried again after this time. */
  private static final Duration AGAIN = Duration.ofMinutes(1);

  /** And what it could not do. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** Refusals that are remembered; what is forgotten is tried again sooner. */
  private static final int MOST_REFUSED = 10_000;

  private final KubernetesClient client;
  private final Revocations revocations;
  private final Supplier<Instant> clock;
  private final Map<String, Instant> refused = RecentlyUsed.atMost(MOST_REFUSED);

  public RevocationFinalizers(
      KubernetesClient client, Revocations revocations, Supplier<Instant> clock) {
    this.client = client;
    this.revocations = revocations;
    this.clock = clock;
  }

  /** Whether a RootCA revokes the certificates of deleted leaves; one that is deleted does not. */
  public static boolean isAskedBy(RootCA ca) {
    return ca.getMetadata().getDeletionTimestamp() == null
        && ca.getSpec().revocation() != null
        && ca.getSpec().revocation().revokeOnDelete();
  }

  /**
   * A RootCA for which a leaf needs it; empty: there is none.
   *
   * @param rootCAs by name
   */
  public static Optional<CAName> neededFor(
      LeafCert<?> leaf, Function<CAName, Optional<RootCA>> rootCAs) {
    return Stream.concat(
            Stream.of(leaf.signingCA()),
            leaf.getStatus() == null
                ? Stream.empty()
                : LeafRevocations.certificates(leaf, leaf.getStatus()).stream()
                    .flatMap(c -> CAName.parse(c.rootCA()).stream()))
        .filter(ca -> rootCAs.apply(ca).filter(RevocationFinalizers::isAskedBy).isPresent())
        .findFirst();
  }

  /** Whether the API server refused a change at this leaf not long ago, or could not make it. */
  public boolean isPaused(LeafCert<?> leaf) {
    Instant until = refused.get(leaf.getMetadata().getUid());
    return until != null && clock.get().isBefore(until);
  }

  /**
   * Adds it. What the API server refuses is noted for the RootCA: a certificate does not wait for
   * it.
   */
  public void add(LeafCert<?> leaf, CAName ca) {
    try {
      live(leaf)
          // the API server adds none to what is deleted
          .filter(live -> live.getMetadata().getDeletionTimestamp() == null)
          .ifPresent(
              live ->
                  write(
                      live,
                      finalizers ->
                          Stream.concat(
                                  finalizers.stream().filter(f -> !f.equals(Api.REVOKE_FINALIZER)),
                                  Stream.of(Api.REVOKE_FINALIZER))
                              .toList()));
    } catch (KubernetesClientException e) {
      failed(leaf, e);
      if (ApiErrors.refusal(e).isEmpty()) {
        return;
      }
      revocations.finalizerRefused(
          ca,
          "revokeOnDelete: "
              + leaf.getKind()
              + " '"
              + leaf.getMetadata().getNamespace()
              + "/"
              + leaf.getMetadata().getName()
              + "' cannot be given the finalizer "
              + Api.REVOKE_FINALIZER
              + " (HTTP "
              + e.getCode()
              + "): its certificates are not revoked when it is deleted. Grant the operator patch on servercerts and clientcerts");
    }
  }

  /**
   * Removes it.
   *
   * @param live the leaf as the API server has it
   * @throws KubernetesClientException if the API server refuses it
   */
  public void remove(LeafCert<?> live) {
    write(live, all -> all.stream().filter(f -> !f.equals(Api.REVOKE_FINALIZER)).toList());
  }

  /**
   * Notes that the API server did not change a leaf. If another writer was faster, it is tried
   * again at once: somebody waits for the deletion.
   */
  public void failed(LeafCert<?> leaf, KubernetesClientException e) {
    if (!ApiErrors.isConflict(e)) {
      Duration pause = ApiErrors.refusal(e).isPresent() ? AGAIN : SOON;
      refused.put(leaf.getMetadata().getUid(), clock.get().plus(pause));
    }
  }

  /** A leaf as the API server has it; empty: it is gone. */
  public Optional<LeafCert<?>> live(LeafCert<?> leaf) {
    return Optional.<LeafCert<?>>ofNullable(resource(leaf).get())
        .filter(found -> leaf.getMetadata().getUid().equals(found.getMetadata().getUid()));
  }

  @SuppressWarnings("unchecked")
  private Resource<LeafCert<?>> resource(LeafCert<?> leaf) {
    return client
        .resources((Class<LeafCert<?>>) leaf.getClass())
        .inNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.getMetadata().getName());
  }

  private void write(LeafCert<?> live, Function<List<String>, List<String>> change) {
    ObjectMeta metadata = live.getMetadata();
    List<String> before = metadata.getFinalizers() == null ? List.of() : metadata.getFinalizers();
    List<String> after = change.apply(before);
    if (!after.equals(before)) {
      // the version: nobody else's finalizer is lost
      Map<String, Object> patch =
          Map.of("resourceVersion", metadata.getResourceVersion(), "finalizers", after);
      resource(live)
          .patch(MERGE, client.getKubernetesSerialization().asJson(Map.of("metadata", patch)));
    }
  }
}
