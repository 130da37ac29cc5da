package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.Judged;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes and removes the further copies of trust bundles. A copy that cannot be written does not
 * block the others.
 */
public final class TrustDistribution {
  private static final Logger LOG = LoggerFactory.getLogger(TrustDistribution.class);

  /** Why an object that had to be removed is not yet replaced. */
  public static final String KEPT_BY_FINALIZER =
      "it has to be made anew, and a finalizer keeps it from being deleted";

  /** After this many failures in a row, the cause is not the place. */
  private static final int MOST_FAILURES = 3;

  private final TrustWatches watches;
  private final TrustAttempts attempts;
  private final ReconcileContext shared;

  public TrustDistribution(TrustWatches watches, TrustAttempts attempts, ReconcileContext shared) {
    this.watches = watches;
    this.attempts = attempts;
    this.shared = shared;
  }

  /** Writes the due copies, place by place. */
  public void write(RootCA ca, TrustContent content, TrustObserver.Seen seen, Instant now) {
    int failures = 0;
    for (TrustObserver.Wanted wanted : seen.wanted()) {
      if (wanted.isDue()) {
        try {
          writeOne(ca, content, wanted, now);
          failures = 0;
        } catch (KubernetesClientException e) {
          boolean toBlame = ApiErrors.isConflict(e) || refusal(e).isPresent();
          failures = toBlame ? 0 : failures + 1;
          if (failures == MOST_FAILURES) {
            throw e;
          }
          remember(ca, wanted.target().place(), e, now);
        }
      }
    }
  }

  private void writeOne(RootCA ca, TrustContent content, TrustObserver.Wanted wanted, Instant now) {
    TrustPlace place = wanted.target().place();
    if (writeOrAgain(ca, content, wanted, now)) {
      attempts.written(ca, place, wanted.content(), TrustObserver.isWhole(wanted.found()), now);
      log(ca, "trust bundle written", place);
    }
  }

  private void remember(RootCA ca, TrustPlace place, KubernetesClientException e, Instant now) {
    if (ApiErrors.isConflict(e)) {
      attempts.overtaken(ca, place, now);
      return;
    }
    refusal(e)
        .ifPresentOrElse(
            why -> attempts.refused(ca, place, why, now),
            () -> attempts.failed(ca, place, "HTTP " + e.getCode(), now));
    LOG.atWarn()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("code", e.getCode())
        .log("{} could not be written", place);
  }

  /** Digest of what every copy holds. */
  public static String digest(TrustContent content) {
    return Digests.of(content.pem() + content.revocations().orElse(""));
  }

  private static Optional<String> refusal(KubernetesClientException e) {
    return ApiErrors.isNamespaceGoing(e) || ApiErrors.isNotFound(e)
        ? Optional.of("its namespace is being deleted")
        : ApiErrors.refusal(e);
  }

  private boolean writeOrAgain(
      RootCA ca, TrustContent content, TrustObserver.Wanted wanted, Instant now) {
    try {
      return write(ca, content, wanted, now);
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isConflict(e)) {
        throw e;
      }
      return write(ca, content, wanted, now);
    }
  }

  private boolean write(RootCA ca, TrustContent content, TrustObserver.Wanted wanted, Instant now) {
    Target target = wanted.target();
    if (wanted.found() instanceof TrustCopy.Found.Absent && isCreated(ca, target, content, now)) {
      return true;
    }
    Optional<HasMetadata> live = live(target.place());
    TrustCopy.Found found = TrustCopy.judge(ca, target, content, live.orElse(null), shared.seal());
    if (found instanceof TrustCopy.Found.Foreign) {
      attempts.refused(
          ca,
          target.place(),
          "what lies there is not this RootCA's and is left alone; delete or rename it",
          now);
      return false;
    }
    if (found instanceof TrustCopy.Found.Absent
        || (found instanceof TrustCopy.Found.Ours ours
            && ours.state() == TrustCopy.State.CURRENT)) {
      // the cache is behind
      attempts.behind(ca, target.place(), "the cache is behind", now);
      return false;
    }
    return replace(ca, target, content, live.orElseThrow(), now);
  }

  // false: an object exists already; reading it shows whose it is
  private boolean isCreated(RootCA ca, Target target, TrustContent content, Instant now) {
    try {
      create(TrustCopy.create(ca, target, content, now, shared.seal()));
      return true;
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isConflict(e)) {
        throw e;
      }
      return false;
    }
  }

  private boolean replace(
      RootCA ca, Target target, TrustContent content, HasMetadata ours, Instant now) {
    if (ours.isMarkedForDeletion()) {
      attempts.refused(ca, target.place(), "it is being deleted", now);
      return false;
    }
    if (TrustCopy.mustBeMadeAnew(target, ours)) {
      delete(ours);
      if (live(target.place()).isPresent()) {
        attempts.refused(ca, target.place(), KEPT_BY_FINALIZER, now);
        return false;
      }
      create(TrustCopy.createAnew(ca, target, content, ours, now, shared.seal()));
      log(ca, "trust bundle that could not be changed made anew", target.place());
    } else {
      update(TrustCopy.replace(ca, target, content, ours, now, shared.seal()));
    }
    return true;
  }

  /** Removes the surplus copies, after reading each from the API server. */
  public void recall(RootCA ca, TrustObserver.Seen seen, Instant now) {
    for (TrustObserver.Surplus surplus : seen.surplus()) {
      TrustPlace place = surplus.place();
      try {
        live(place)
            .filter(
                live ->
                    live.getMetadata().getUid().equals(surplus.uid())
                        && !live.isMarkedForDeletion()
                        && TrustCopy.notes(live, shared.seal()).isPresent())
            .ifPresent(
                live -> {
                  delete(live);
                  log(ca, "trust bundle removed", place);
                });
        // the cache may still show it for a moment
        attempts.behind(ca, place, "it was removed", now);
      } catch (KubernetesClientException e) {
        // a surplus copy that cannot be removed does not block the others
        attempts.failed(ca, place, "HTTP " + e.getCode(), now);
        LOG.atWarn()
            .addKeyValue("namespace", ca.getMetadata().getNamespace())
            .addKeyValue("name", ca.getMetadata().getName())
            .addKeyValue("code", e.getCode())
            .log("{} could not be removed", place);
      }
    }
  }

  /** Removes a copy that belongs to a RootCA that no longer exists. */
  public void sweep(HasMetadata object) {
    TrustPlace place = TrustPlace.of(object).orElseThrow();
    Optional<TrustCopy.Notes> before = TrustCopy.notes(object, shared.seal());
    live(place)
        .filter(live -> !live.isMarkedForDeletion())
        .filter(live -> TrustCopy.notes(live, shared.seal()).equals(before))
        .ifPresent(
            live -> {
              delete(live);
              LOG.atInfo()
                  .addKeyValue("namespace", before.map(TrustCopy.Notes::namespace).orElse(""))
                  .addKeyValue("name", before.map(TrustCopy.Notes::rootCA).orElse(""))
                  .log("trust bundle of a RootCA that was deleted removed: {}", place);
            });
  }

  /** All texts in the copies of a RootCA's trust bundle, as the API server has them now. */
  public List<String> texts(RootCA ca) {
    return watches.of(ca).stream()
        .flatMap(copy -> TrustPlace.of(copy).stream())
        .flatMap(place -> live(place).stream())
        .flatMap(TrustCopy::texts)
        .toList();
  }

  private Optional<HasMetadata> live(TrustPlace place) {
    return Optional.ofNullable(
        switch (place.kind()) {
          case ConfigMap ->
              client().configMaps().inNamespace(place.namespace()).withName(place.name()).get();
          case Secret ->
              client().secrets().inNamespace(place.namespace()).withName(place.name()).get();
          case ClusterTrustBundle ->
              client()
                  .genericKubernetesResources(
                      watches.clusterApiVersion().orElseThrow(), ClusterTrustBundles.KIND)
                  .withName(place.name())
                  .get();
        });
  }

  private void create(HasMetadata object) {
    versioned(object);
    watches.write(object, o -> client().resource(o).create());
  }

  private void update(HasMetadata object) {
    versioned(object);
    watches.write(object, o -> client().resource(o).update());
  }

  private void versioned(HasMetadata object) {
    if (object instanceof GenericKubernetesResource generic) {
      generic.setApiVersion(watches.clusterApiVersion().orElseThrow());
    }
  }

  private void delete(HasMetadata live) {
    try {
      Judged.delete(client(), live);
    } catch (KubernetesClientException e) {
      // another client was faster: the next look shows what happened
      if (!ApiErrors.isConflict(e) && !ApiErrors.isNotFound(e)) {
        throw e;
      }
    }
  }

  private KubernetesClient client() {
    return shared.client();
  }

  private static void log(RootCA ca, String what, TrustPlace place) {
    LOG.atInfo()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .log("{}: {}", what, place);
  }
}
