package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.RootCAStatus;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.rotation.CaDecision;
import dev.mtlsoperator.rotation.CaRules;
import dev.mtlsoperator.rotation.Draft;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Issuance;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reconciles {@link RootCA}s: observe, decide, act, and again until nothing is left to do; then
 * report.
 */
@ControllerConfiguration(name = "rootca")
public final class RootCAReconciler implements Reconciler<RootCA> {
  private static final Logger LOG = LoggerFactory.getLogger(RootCAReconciler.class);

  /** Create, publish, and one more each for what others did meanwhile. */
  private static final int MOST_STEPS = 8;

  private final Surroundings surroundings;
  private @Nullable CaWatches watches;
  private @Nullable IndexerResourceCache<RootCA> cache;

  public RootCAReconciler(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public List<EventSource<?, RootCA>> prepareEventSources(EventSourceContext<RootCA> context) {
    CaWatches fresh = new CaWatches(context);
    watches = fresh;
    cache = context.getPrimaryCache();
    return fresh.eventSources();
  }

  /** All RootCAs as they lie in the cache; none before the start. */
  public Stream<RootCA> known() {
    return cache == null ? Stream.empty() : cache.list();
  }

  @Override
  public UpdateControl<RootCA> reconcile(RootCA ca, Context<RootCA> context) {
    if (watches == null) {
      throw new IllegalStateException("reconciling before the event sources were prepared");
    }
    try {
      return run(ca, watches);
    } catch (KubernetesClientException e) {
      if (ApiErrors.isNamespaceGoing(e)) {
        return UpdateControl.noUpdate();
      }
      throw e;
    }
  }

  private UpdateControl<RootCA> run(RootCA ca, CaWatches known) {
    Instant now = surroundings.now();
    CaObserver observer = new CaObserver(known, surroundings);
    for (int step = 1; step <= MOST_STEPS; step++) {
      CaObserver.Observation seen = observer.observe(ca);
      CaDecision decision = CaRules.decide(seen.facts());
      if (decision instanceof CaDecision.Keep || decision instanceof CaDecision.Refuse) {
        return control(ca, CaReport.of(ca, seen, decision, now));
      }
      try {
        if (!act(ca, known, seen, decision, now)) {
          break;
        }
      } catch (KubernetesClientException e) {
        return control(ca, CaReport.of(ca, seen, refused(ca, e), now));
      }
    }
    // somebody else writes the same objects: the caches must catch up first
    return UpdateControl.<RootCA>noUpdate().rescheduleAfter(Duration.ofSeconds(1));
  }

  private CaDecision.Refuse refused(RootCA ca, KubernetesClientException e) {
    if (!ApiErrors.isNamespaceGoing(e)) {
      surroundings.listener().failed(ca.getKind(), Reason.IssuanceFailed);
    }
    String why = ApiErrors.refusal(e).orElseThrow(() -> e);
    LOG.atWarn()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("reason", Reason.IssuanceFailed)
        .log("not written: {}", why);
    return new CaDecision.Refuse(
        new Finding(Reason.IssuanceFailed, "what belongs to the CA could not be written: " + why));
  }

  /** Whether the write went through; if not, somebody else wrote first. */
  private boolean act(
      RootCA ca, CaWatches known, CaObserver.Observation seen, CaDecision decision, Instant now) {
    try {
      if (decision instanceof CaDecision.Create create) {
        return create(ca, known, seen, create, now);
      }
      if (decision instanceof CaDecision.Adopt adopt) {
        adopt(ca, known, adopt, now);
      }
      if (decision instanceof CaDecision.Relabel) {
        seen.generations().stream()
            .filter(g -> !GenerationSecret.metadataCurrent(ca, g.secret(), g.number()))
            .forEach(g -> relabel(ca, known, g));
      }
      if (decision instanceof CaDecision.PublishTrust publish) {
        publishTrust(ca, known, seen, publish.why());
      }
      return true;
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e) || ApiErrors.isNotFound(e)) {
        return false;
      }
      throw e;
    }
  }

  private boolean create(
      RootCA ca,
      CaWatches known,
      CaObserver.Observation seen,
      CaDecision.Create create,
      Instant now) {
    long begun = System.nanoTime();
    CertificateAuthority authority =
        Issuance.rootCA(((Draft.Valid) seen.facts().draft()).blueprint(), now);
    Secret secret =
        GenerationSecret.create(
            ca,
            create.number(),
            authority.certificate(),
            authority.key(),
            create.why().reason().name(),
            now,
            surroundings.seal());
    known.writeGeneration(secret, s -> surroundings.client().resource(s).create());
    surroundings
        .listener()
        .written(ca.getKind(), create.why().reason(), Duration.ofNanos(System.nanoTime() - begun));
    log(ca, create.why(), secret.getMetadata().getName(), authority.certificate());
    return true;
  }

  private void adopt(RootCA ca, CaWatches known, CaDecision.Adopt adopt, Instant now) {
    Secret live =
        surroundings
            .client()
            .secrets()
            .inNamespace(ca.getMetadata().getNamespace())
            .withName(adopt.secretName())
            .require();
    int generation =
        GenerationSecret.number(ca.getMetadata().getName(), adopt.secretName()).orElseThrow();
    X509Certificate certificate = SecretData.certificates(live, Keys.TLS_CRT).get(0);
    Secret sealed =
        GenerationSecret.adopt(ca, live, generation, certificate, now, surroundings.seal());
    known.writeGeneration(sealed, s -> surroundings.client().resource(s).update());
    log(ca, adopt.why(), adopt.secretName(), certificate);
  }

  private void relabel(RootCA ca, CaWatches known, GenerationSecret.Sealed generation) {
    Secret live =
        surroundings
            .client()
            .secrets()
            .inNamespace(ca.getMetadata().getNamespace())
            .withName(generation.secret().getMetadata().getName())
            .require();
    known.writeGeneration(
        GenerationSecret.relabel(ca, live, generation.number()),
        s -> surroundings.client().resource(s).update());
  }

  private void publishTrust(RootCA ca, CaWatches known, CaObserver.Observation seen, Finding why) {
    List<X509Certificate> bundle =
        seen.generations().stream().map(GenerationSecret.Sealed::certificate).toList();
    ConfigMap wanted = TrustConfigMap.of(ca, bundle, surroundings.seal());
    known.writeBundle(
        seen.bundle().map(found -> TrustConfigMap.replace(found, wanted)).orElse(wanted),
        map ->
            seen.bundle().isPresent()
                ? surroundings.client().resource(map).update()
                : surroundings.client().resource(map).create());
    LOG.atInfo()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("reason", why.reason())
        .log("trust ConfigMap written: {}", why.message());
  }

  private UpdateControl<RootCA> control(RootCA ca, CaReport report) {
    RootCAStatus before = ca.getStatus();
    if (report.status().equals(before)) {
      return UpdateControl.<RootCA>noUpdate().rescheduleAfter(report.next());
    }
    Conditions.find(report.status().conditions(), Conditions.STALLED)
        .filter(now -> isNews(now, before))
        .ifPresent(
            now ->
                surroundings
                    .events()
                    .publish(ca, EventPublisher.Type.Warning, now.reason(), now.message()));
    RootCA fresh = new RootCA();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withName(ca.getMetadata().getName())
            .withNamespace(ca.getMetadata().getNamespace())
            .build());
    fresh.setStatus(report.status());
    return UpdateControl.patchStatus(fresh).rescheduleAfter(report.next());
  }

  private static boolean isNews(Condition now, @Nullable RootCAStatus before) {
    return before == null
        || Conditions.find(before.conditions(), now.type())
            .filter(then -> then.reason().equals(now.reason()))
            .isEmpty();
  }

  private static void log(RootCA ca, Finding why, String secret, X509Certificate certificate) {
    LOG.atInfo()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("secret", secret)
        .addKeyValue("fingerprint", Fingerprint.of(certificate))
        .addKeyValue("notAfter", certificate.getNotAfter().toInstant())
        .addKeyValue("reason", why.reason())
        .log("CA generation in service: {}", why.message());
  }
}
