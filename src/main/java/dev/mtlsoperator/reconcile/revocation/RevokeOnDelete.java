package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.RevocationFinalizers;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.reconcile.kube.Sweep;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Keeps the finalizers of {@code revocation.revokeOnDelete}: on each leaf of such a RootCA, until
 * the leaf is deleted and its certificates are on a CRL, or the RootCA is gone or does not ask any
 * more. Each second it compares the caches, which costs no request, and so it also finds what
 * happened while no operator ran.
 */
public final class RevokeOnDelete implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RevokeOnDelete.class);
  private static final Duration PACE = Duration.ofSeconds(1);

  /** Who deletes a leaf is told after this time what it waits for. */
  private static final Duration LONG = Duration.ofSeconds(30);

  private static final int MOST_TOLD = 1_000;

  private final Supplier<Stream<RootCA>> rootCAs;
  private final Supplier<Stream<LeafCert<?>>> leaves;
  private final RevocationFinalizers finalizers;
  private final Map<String, Boolean> told = RecentlyUsed.atMost(MOST_TOLD);
  private final ReconcileContext shared;
  private final BooleanSupplier working;
  private final Sweep sweep;

  /**
   * @param rootCAs all in the cache
   * @param leaves all in the cache
   * @param working whether this operator is active, not on standby
   */
  public RevokeOnDelete(
      Supplier<Stream<RootCA>> rootCAs,
      Supplier<Stream<LeafCert<?>>> leaves,
      ReconcileContext shared,
      BooleanSupplier working) {
    this.rootCAs = rootCAs;
    this.leaves = leaves;
    this.finalizers = new RevocationFinalizers(shared.client(), shared.revocations(), shared::now);
    this.shared = shared;
    this.working = working;
    this.sweep =
        new Sweep(
            "revoke-on-delete", PACE, Part.REVOKE_ON_DELETE, this::lookOnce, shared.exceptions());
  }

  /** Starts; to be called when the caches are in sync. */
  public void start() {
    sweep.start();
  }

  private void lookOnce() {
    if (working.getAsBoolean()) {
      Map<CAName, RootCA> all =
          rootCAs.get().collect(Collectors.toMap(CAName::of, ca -> ca, (one, other) -> one));
      Set<CAName> lacking = new HashSet<>();
      leaves.get().forEach(leaf -> look(leaf, all, lacking));
      shared.revocations().finalizersAdded(lacking);
    }
  }

  private void look(LeafCert<?> leaf, Map<CAName, RootCA> all, Set<CAName> lacking) {
    try {
      FinalizerStep step = step(leaf, name -> Optional.ofNullable(all.get(name)));
      if (step instanceof FinalizerStep.Add add) {
        lacking.add(add.ca());
      }
      if (!(step instanceof FinalizerStep.Nothing) && !finalizers.isPaused(leaf)) {
        take(step, leaf);
      }
    } catch (KubernetesClientException e) {
      finalizers.failed(leaf, e);
      LOG.atLevel(ApiErrors.isConflict(e) ? Level.DEBUG : Level.WARN)
          .addKeyValue("kind", leaf.getKind())
          .addKeyValue("namespace", leaf.getMetadata().getNamespace())
          .addKeyValue("name", leaf.getMetadata().getName())
          .addKeyValue("code", e.getCode())
          .log("its finalizer could not be removed");
    } catch (RuntimeException | StackOverflowError e) {
      shared.exceptions().met(Part.REVOKE_ON_DELETE, leaf, e);
    }
  }

  private void take(FinalizerStep step, LeafCert<?> leaf) {
    if (step instanceof FinalizerStep.Add add) {
      finalizers.add(leaf, add.ca());
    } else if (step instanceof FinalizerStep.Await await) {
      await.cas().forEach(shared.revocations()::call);
      tell(leaf, await);
    } else if (step instanceof FinalizerStep.Remove) {
      finalizers.live(leaf).ifPresent(this::remove);
    }
  }

  // a cache may lack the last status, and a RootCA is gone only if the API server confirms it
  private void remove(LeafCert<?> live) {
    if (!(step(live, this::live) instanceof FinalizerStep.Remove)) {
      return;
    }
    Optional<IssuedCertificate> unlisted =
        live.getMetadata().getDeletionTimestamp() == null
                || RevocationFinalizers.neededFor(live, this::live).isEmpty()
            ? Optional.empty()
            : unlisted(live);
    if (unlisted.isEmpty()) {
      finalizers.remove(live);
    } else {
      list(live, unlisted.get());
    }
  }

  // a run that issued and did not write its status
  private Optional<IssuedCertificate> unlisted(LeafCert<?> live) {
    Secret secret =
        shared
            .client()
            .secrets()
            .inNamespace(live.getMetadata().getNamespace())
            .withName(live.effectiveSecretName())
            .get();
    return LeafSecret.judge(live, secret, shared.seal())
        .untampered()
        .flatMap(
            held ->
                held.certificate().map(c -> IssuedCertificates.of(c, live, held.caGeneration())))
        .filter(
            c ->
                !listed(live)
                    .equals(IssuedCertificates.with(listed(live), Stream.of(c), shared.now())));
  }

  private static List<IssuedCertificate> listed(LeafCert<?> live) {
    LeafStatus status = live.getStatus();
    return status == null ? List.of() : LeafRevocations.certificates(live, status);
  }

  private void list(LeafCert<?> live, IssuedCertificate certificate) {
    List<IssuedCertificate> all =
        IssuedCertificates.with(listed(live), Stream.of(certificate), shared.now());
    shared
        .client()
        .resources(live.getClass())
        .inNamespace(live.getMetadata().getNamespace())
        .withName(live.getMetadata().getName())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            shared
                .client()
                .getKubernetesSerialization()
                .asJson(Map.of("status", Map.of("certificates", all))));
  }

  private void tell(LeafCert<?> leaf, FinalizerStep.Await await) {
    ObjectMeta metadata = leaf.getMetadata();
    boolean isLong =
        Timestamps.parse(metadata.getDeletionTimestamp())
            .filter(shared.now().minus(LONG)::isAfter)
            .isPresent();
    if (isLong && !await.cas().isEmpty() && told.put(metadata.getUid(), true) == null) {
      shared
          .events()
          .publish(
              leaf,
              EventPublisher.Type.Warning,
              "RevocationPending",
              "the deletion waits until its certificates are revoked by "
                  + CAName.inWords(await.cas())
                  + ", whose conditions tell what is wrong; to delete it without, set spec.revocation.revokeOnDelete: false there");
    }
  }

  private FinalizerStep step(LeafCert<?> leaf, Function<CAName, Optional<RootCA>> byName) {
    return FinalizerStep.of(leaf, byName, shared.revocations(), shared.now());
  }

  private Optional<RootCA> live(CAName name) {
    return shared.scope().covers(name.namespace())
        ? Optional.ofNullable(
            shared
                .client()
                .resources(RootCA.class)
                .inNamespace(name.namespace())
                .withName(name.name())
                .get())
        : Optional.empty();
  }

  @Override
  public void close() {
    sweep.close();
  }
}
