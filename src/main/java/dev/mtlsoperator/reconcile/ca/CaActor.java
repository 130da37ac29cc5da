package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.Judged;
import dev.mtlsoperator.reconcile.revocation.CrlWriter;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaDecision.Completeness;
import dev.mtlsoperator.secret.ca.GenerationMetadata;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out a decision about a RootCA: one write at most. */
final class CaActor {
  private static final Logger LOG = LoggerFactory.getLogger(CaActor.class);

  private final CaCaches caches;
  private final GenerationCreator creator;
  private final TrustConfigMapWriter bundles;
  private final TrustDistribution distribution;
  private final CrlWriter crls;
  private final GenerationReader reader;
  private final ReconcileContext shared;

  /**
   * An actor for one run.
   *
   * @param reader that of the run
   */
  CaActor(CaCollaborators parts, GenerationReader reader, ReconcileContext shared) {
    this.caches = parts.caches();
    this.creator = new GenerationCreator(parts.caches(), parts.imports(), reader, shared);
    this.bundles = new TrustConfigMapWriter(parts.caches(), parts.attempts(), shared);
    this.distribution = parts.distribution();
    this.crls = parts.crls();
    this.reader = reader;
    this.shared = shared;
  }

  /** Returns whether the write succeeded; false: another client wrote first. */
  boolean act(RootCA ca, CaObservation seen, CaDecision decision, Instant now) {
    try {
      return write(ca, seen, decision, now);
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e) || ApiErrors.isNotFound(e)) {
        return false;
      }
      throw e;
    }
  }

  private boolean write(RootCA ca, CaObservation seen, CaDecision decision, Instant now) {
    if (decision instanceof CaDecision.Create create) {
      return creator.create(ca, seen, create, now);
    } else if (decision instanceof CaDecision.Adopt adopt) {
      creator.adopt(ca, seen.facts(), adopt, now);
    } else if (decision instanceof CaDecision.Relabel) {
      seen.generations().stream()
          .filter(g -> seen.facts().generations().generations().contains(g.generation()))
          .filter(g -> !GenerationMetadata.isCurrent(ca, g.secret(), g.number()))
          .forEach(
              g -> edit(g, judged -> GenerationMetadata.relabel(ca, judged.secret(), g.number())));
    } else if (decision instanceof CaDecision.SignCrls sign) {
      crls.write(ca, seen.facts().revocation(), seen.generations(), sign, reader, now);
    } else if (decision instanceof CaDecision.PublishTrust publish) {
      bundles.write(ca, seen, publish.why(), now);
    } else if (decision instanceof CaDecision.Distribute) {
      distribution.write(ca, seen.content(), seen.copies(), now);
    } else if (decision instanceof CaDecision.Recall) {
      distribution.recall(ca, seen.copies(), now);
    } else if (decision instanceof CaDecision.Withdraw withdraw) {
      delete(ca, seen, withdraw.number(), withdraw.why());
    } else if (decision instanceof CaDecision.Delete delete) {
      delete(ca, seen, delete.number(), delete.why());
    } else if (decision instanceof CaDecision.Note note) {
      note(ca, seen, note, now);
    } else {
      throw new IllegalStateException("nobody carries out " + decision);
    }
    return true;
  }

  private void note(RootCA ca, CaObservation seen, CaDecision.Note note, Instant now) {
    int number = note.on(seen.facts());
    edit(
        seen.generation(number).orElseThrow(),
        judged ->
            GenerationSecret.withMilestones(
                judged,
                judged.generation().milestones().with(edit -> note.note(edit, seen.facts(), now)),
                shared.seal()));
    log(ca, number, note.why());
    if (note instanceof CaDecision.Condemn
        || (note instanceof CaDecision.StartSigning start
            && start.trust() == Completeness.INCOMPLETE)) {
      publish(ca, EventPublisher.Type.Warning, note.why());
    }
  }

  // the resourceVersion ensures that the Secret is still the one that was judged
  private void edit(Sealed generation, Function<Sealed, Secret> change) {
    caches.writeGeneration(change.apply(generation), s -> client().resource(s).update());
  }

  private void delete(RootCA ca, CaObservation seen, int number, Finding why) {
    Secret secret = seen.generation(number).orElseThrow().secret();
    // what only the deleted Secret remembers
    seen.facts()
        .signer()
        .filter(signer -> signer.number() != number)
        .flatMap(signer -> seen.generation(signer.number()))
        .ifPresent(
            signer -> {
              Secret knowing =
                  GenerationSecret.remember(
                      signer,
                      number,
                      seen.facts().generations().distrusted(),
                      seen.facts().generations().retired(),
                      shared.seal());
              if (!knowing.equals(signer.secret())) {
                edit(signer, judged -> knowing);
              }
            });
    Judged.delete(client(), secret);
    log(ca, number, why);
    publish(ca, EventPublisher.Type.Normal, why);
  }

  private KubernetesClient client() {
    return shared.client();
  }

  private void publish(RootCA ca, EventPublisher.Type type, Finding why) {
    shared.events().publish(ca, type, why.reason().name(), why.message());
  }

  static void log(RootCA ca, int generation, Finding why) {
    LOG.atInfo()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("generation", generation)
        .addKeyValue("reason", why.reason())
        .log("CA generation: {}", why.message());
  }
}
