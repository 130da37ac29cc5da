package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.Judged;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the trust ConfigMap of a RootCA. */
final class TrustConfigMapWriter {
  private static final Logger LOG = LoggerFactory.getLogger(TrustConfigMapWriter.class);

  private final CaCaches caches;
  private final TrustAttempts attempts;
  private final ReconcileContext shared;

  TrustConfigMapWriter(CaCaches caches, TrustAttempts attempts, ReconcileContext shared) {
    this.caches = caches;
    this.attempts = attempts;
    this.shared = shared;
  }

  /** The place of the trust ConfigMap. */
  static TrustPlace place(RootCA ca) {
    return TrustPlace.in(
        ca.getMetadata().getNamespace(),
        TrustBundleKind.ConfigMap,
        TrustConfigMap.name(ca.getMetadata().getName()));
  }

  /** Writes it. A refusal is remembered, and does not block the rotation. */
  void write(RootCA ca, CaObservation seen, Finding why, Instant now) {
    Optional<ConfigMap> before = seen.bundle().flatMap(this::whole);
    try {
      if (!write(ca, TrustConfigMap.of(ca, seen.content(), shared.seal()), before, now)) {
        return;
      }
    } catch (KubernetesClientException e) {
      refused(ca, e, now);
      return;
    }
    attempts.written(
        ca, place(ca), TrustDistribution.digest(seen.content()), before.isPresent(), now);
    LOG.atInfo()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("reason", why.reason())
        .log("trust ConfigMap written: {}", why.message());
  }

  private boolean write(RootCA ca, ConfigMap wanted, Optional<ConfigMap> before, Instant now) {
    if (before.filter(TrustCopy::isImmutable).isPresent()) {
      return makeAnew(ca, before.get(), wanted, now);
    }
    caches.writeBundle(
        before
            .map(found -> TrustConfigMap.replace(found, wanted, now))
            .orElseGet(() -> TrustConfigMap.since(wanted, now)),
        map ->
            before.isPresent()
                ? shared.client().resource(map).update()
                : shared.client().resource(map).create());
    return true;
  }

  // a copy that cannot be written does not block the others
  private void refused(RootCA ca, KubernetesClientException e, Instant now) {
    if (ApiErrors.isConflict(e)) {
      attempts.overtaken(ca, place(ca), now);
      throw e;
    }
    attempts.refused(ca, place(ca), ApiErrors.refusal(e).orElseThrow(() -> e), now);
    LOG.atWarn()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("code", e.getCode())
        .log("{} could not be written", place(ca));
  }

  // an immutable ConfigMap has to be replaced: a short absence is better than wrong content forever
  private boolean makeAnew(RootCA ca, ConfigMap immutable, ConfigMap wanted, Instant now) {
    if (!immutable.isMarkedForDeletion()) {
      delete(immutable);
    }
    Optional<ConfigMap> left =
        live(immutable)
            .filter(map -> map.getMetadata().getUid().equals(immutable.getMetadata().getUid()));
    if (left.isPresent()) {
      attempts.refused(ca, place(ca), TrustDistribution.KEPT_BY_FINALIZER, now);
      return false;
    }
    caches.writeBundle(
        TrustConfigMap.createAnew(immutable, wanted, now),
        map -> shared.client().resource(map).create());
    shared
        .events()
        .publish(
            ca,
            EventPublisher.Type.Warning,
            Reason.TrustChanged.name(),
            place(ca) + " was made immutable by somebody else: it was deleted and made anew");
    return true;
  }

  private void delete(ConfigMap judged) {
    try {
      Judged.delete(shared.client(), judged);
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isNotFound(e)) {
        throw e;
      }
    }
  }

  // the cache keeps no labels and annotations of others; the resourceVersion shows that it is still
  // the ConfigMap that was judged
  private Optional<ConfigMap> whole(ConfigMap judged) {
    return live(judged)
        .map(
            live ->
                live.edit()
                    .editMetadata()
                    .withResourceVersion(judged.getMetadata().getResourceVersion())
                    .endMetadata()
                    .build());
  }

  private Optional<ConfigMap> live(ConfigMap known) {
    return Optional.ofNullable(
        shared
            .client()
            .configMaps()
            .inNamespace(known.getMetadata().getNamespace())
            .withName(known.getMetadata().getName())
            .get());
  }
}
