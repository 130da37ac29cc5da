package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaDecision.Completeness;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what was decided for a RootCA: one write at most. */
final class CaActor {
  private static final Logger LOG = LoggerFactory.getLogger(CaActor.class);

  private final CaWatches watches;
  private final ImportInputs imports;
  private final ReconcileContext shared;

  CaActor(CaWatches watches, ImportInputs imports, ReconcileContext shared) {
    this.watches = watches;
    this.imports = imports;
    this.shared = shared;
  }

  /** Whether the write went through; if not, somebody else wrote first. */
  boolean act(RootCA ca, CaObserver.Observation seen, CaDecision decision, Instant now) {
    try {
      return write(ca, seen, decision, now);
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e) || ApiErrors.isNotFound(e)) {
        return false;
      }
      throw e;
    }
  }

  private boolean write(RootCA ca, CaObserver.Observation seen, CaDecision decision, Instant now) {
    if (decision instanceof CaDecision.Create create) {
      return create(ca, seen, create, now);
    } else if (decision instanceof CaDecision.Adopt adopt) {
      adopt(ca, seen.facts(), adopt, now);
    } else if (decision instanceof CaDecision.Relabel) {
      seen.generations().stream()
          .filter(g -> seen.facts().generations().generations().contains(g.generation()))
          .filter(g -> !GenerationSecret.metadataCurrent(ca, g.secret(), g.number()))
          .forEach(
              g -> edit(g, judged -> GenerationSecret.relabel(ca, judged.secret(), g.number())));
    } else if (decision instanceof CaDecision.PublishTrust publish) {
      publishTrust(ca, seen, publish.why(), now);
    } else if (decision instanceof CaDecision.Distribute) {
      watches.distribution().write(ca, seen.content(), seen.copies(), now);
    } else if (decision instanceof CaDecision.Recall) {
      watches.distribution().recall(ca, seen.copies(), now);
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

  private boolean create(
      RootCA ca, CaObserver.Observation seen, CaDecision.Create create, Instant now) {
    long begun = System.nanoTime();
    Optional<Made> source = source(ca, seen, create, now);
    if (source.isEmpty()) {
      return false;
    }
    Made made = source.get();
    CaGeneration generation =
        new CaGeneration(
            create.number(),
            made.path(),
            made.cross(),
            made.importedFrom(),
            create.milestones(seen.facts(), made.path(), now));
    Secret secret =
        GenerationSecret.create(
            ca, generation, made.authority().key(), create.why().reason().name(), shared.seal());
    watches.writeGeneration(secret, s -> client().resource(s).create());
    shared
        .listener()
        .written(ca.getKind(), create.why().reason(), Duration.ofNanos(System.nanoTime() - begun));
    LOG.atInfo()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("secret", secret.getMetadata().getName())
        .addKeyValue("serial", generation.certificate().getSerialNumber().toString(16))
        .addKeyValue("generation", create.number())
        .addKeyValue("notAfter", generation.end())
        .addKeyValue("reason", create.why().reason())
        .log("CA generation created: {}", create.why().message());
    if (create.number() > 1) {
      publish(
          ca,
          create.begins() == CaDecision.Begins.AT_ONCE
              ? EventPublisher.Type.Warning
              : EventPublisher.Type.Normal,
          create.why());
    }
    return true;
  }

  /** What a generation is made of. */
  private record Made(
      CertificateAuthority authority,
      CaPath path,
      Optional<X509Certificate> cross,
      Optional<String> importedFrom) {}

  // empty: what was to be imported is not there any more, or another one is
  private Optional<Made> source(
      RootCA ca, CaObserver.Observation seen, CaDecision.Create create, Instant now) {
    if (seen.facts().desired() instanceof DesiredCertificate.Import wanted) {
      return imports
          .read(ca)
          .filter(found -> found.path().equals(wanted.path()))
          .map(
              found ->
                  new Made(
                      found.authority(),
                      found.path(),
                      Optional.empty(),
                      Optional.of(wanted.secretName())));
    }
    CertificateTemplate template = ((DesiredCertificate.Valid) seen.facts().desired()).template();
    CertificateAuthority authority = Issuance.rootCA(template, now);
    X509Certificate certificate = authority.certificate();
    return Optional.of(
        new Made(
            authority,
            CaPath.root(certificate),
            former(ca, seen, create, now)
                .map(former -> former.crossSign(certificate, template.constraints())),
            Optional.empty()));
  }

  // who is not trusted any more, or has expired, vouches for nobody
  private Optional<CertificateAuthority> former(
      RootCA ca, CaObserver.Observation seen, CaDecision.Create create, Instant now) {
    return ca.getSpec().rotation().crossCertificate() && create.distrusts().isEmpty()
        ? seen.facts()
            .signer()
            .filter(signer -> !signer.isExpired(now))
            .flatMap(signer -> generation(seen, signer.number()))
            .flatMap(found -> shared.signingKeys().of(ca.getMetadata().getName(), found))
        : Optional.empty();
  }

  private void adopt(RootCA ca, CaFacts facts, CaDecision.Adopt adopt, Instant now) {
    Secret live =
        client()
            .secrets()
            .inNamespace(ca.getMetadata().getNamespace())
            .withName(adopt.secretName())
            .get();
    Optional<CaPath> found = Optional.ofNullable(live).flatMap(GenerationSecret::verifiedPath);
    // another root may have been put above it since
    if (live == null || found.isEmpty() || found.get().contains(facts.generations().distrusted())) {
      return;
    }
    CaPath path = found.get();
    int number =
        GenerationSecret.number(ca.getMetadata().getName(), adopt.secretName()).orElseThrow();
    GenerationMilestones known =
        GenerationMilestones.none()
            .with(
                it ->
                    it.lastLeafNotAfter(path.end())
                        .reissue(facts.plan().reissue())
                        .rotate(facts.requests().rotate())
                        .distrusts(facts.generations().distrusted())
                        .retires(facts.generations().retired()));
    ReportedStatus reported = ReportedStatus.of(ca);
    CaGeneration adopted =
        new CaGeneration(
            number,
            path,
            GenerationSecret.cross(live),
            facts.desired().source(),
            signs(facts, reported, number, path) ? known.with(it -> it.signingSince(now)) : known);
    // later than all that was ever noted on it, though status may be lost: replays show
    long revision = Math.max(reported.revision(number) + 1, now.getEpochSecond());
    watches.writeGeneration(
        GenerationSecret.adopt(ca, live, adopted, revision, shared.seal()),
        s -> client().resource(s).update());
    log(ca, number, adopt.why());
  }

  // it goes on where it was; and where another one signs, everybody has to be told of it first
  private static boolean signs(CaFacts facts, ReportedStatus reported, int number, CaPath path) {
    Fingerprint fingerprint = Fingerprint.of(path.certificate());
    Optional<GenerationState> before =
        reported
            .generation(number)
            .filter(g -> g.fingerprint().equals(fingerprint.text()))
            .map(Generation::state);
    if (before.filter(CaActor::hasSigned).isPresent()) {
      return true;
    }
    boolean anotherSigns = facts.generations().proven().signer().isPresent();
    boolean anotherMaySign =
        facts.generations().suspects().stream().anyMatch(s -> !s.fingerprint().equals(fingerprint));
    return !anotherSigns && !anotherMaySign;
  }

  private static boolean hasSigned(GenerationState state) {
    return state == GenerationState.Signing || state == GenerationState.Retiring;
  }

  private void note(RootCA ca, CaObserver.Observation seen, CaDecision.Note note, Instant now) {
    int number = note.on(seen.facts());
    edit(
        generation(seen, number).orElseThrow(),
        judged ->
            GenerationSecret.latch(
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

  // the very Secret that was judged, and as it was judged: its resourceVersion guards the write
  private void edit(Sealed generation, Function<Sealed, Secret> change) {
    watches.writeGeneration(change.apply(generation), s -> client().resource(s).update());
  }

  private void delete(RootCA ca, CaObserver.Observation seen, int number, Finding why) {
    Secret secret = generation(seen, number).orElseThrow().secret();
    // what only the one that goes remembers
    seen.facts()
        .signer()
        .filter(signer -> signer.number() != number)
        .flatMap(signer -> generation(seen, signer.number()))
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
    // that very Secret, as it was judged
    client()
        .secrets()
        .inNamespace(secret.getMetadata().getNamespace())
        .withName(secret.getMetadata().getName())
        .lockResourceVersion(secret.getMetadata().getResourceVersion())
        .delete();
    log(ca, number, why);
    publish(ca, EventPublisher.Type.Normal, why);
  }

  private void publishTrust(RootCA ca, CaObserver.Observation seen, Finding why, Instant now) {
    ConfigMap wanted = TrustConfigMap.of(ca, seen.content(), shared.seal());
    Optional<ConfigMap> before = seen.bundle().flatMap(this::whole);
    TrustPlace place = bundle(ca);
    try {
      if (before.filter(TrustCopy::isImmutable).isPresent()) {
        if (!makeAnew(ca, before.get(), wanted, now)) {
          return;
        }
      } else {
        watches.writeBundle(
            before
                .map(found -> TrustConfigMap.replace(found, wanted, now))
                .orElseGet(() -> TrustConfigMap.since(wanted, now)),
            map ->
                before.isPresent()
                    ? client().resource(map).update()
                    : client().resource(map).create());
      }
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e)) {
        watches.attempts().overtaken(ca, place, now);
        throw e;
      }
      // one copy that cannot be written does not keep the others
      String refusal = ApiErrors.refusal(e).orElseThrow(() -> e);
      watches.attempts().refused(ca, place, refusal, now);
      LOG.atWarn()
          .addKeyValue("namespace", ca.getMetadata().getNamespace())
          .addKeyValue("name", ca.getMetadata().getName())
          .addKeyValue("code", e.getCode())
          .log("{} could not be written", place);
      return;
    }
    watches
        .attempts()
        .written(ca, place, TrustDistribution.digest(seen.content()), before.isPresent(), now);
    LOG.atInfo()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("reason", why.reason())
        .log("trust ConfigMap written: {}", why.message());
  }

  // its content cannot be changed any more: for a moment there is none, or else the wrong one for
  // ever
  private boolean makeAnew(RootCA ca, ConfigMap immutable, ConfigMap wanted, Instant now) {
    if (!immutable.isMarkedForDeletion()) {
      delete(immutable);
    }
    Optional<ConfigMap> left =
        live(immutable)
            .filter(map -> map.getMetadata().getUid().equals(immutable.getMetadata().getUid()));
    if (left.isPresent()) {
      watches.attempts().refused(ca, bundle(ca), TrustDistribution.KEPT_BY_FINALIZER, now);
      return false;
    }
    watches.writeBundle(
        TrustConfigMap.createAnew(immutable, wanted, now), map -> client().resource(map).create());
    publish(
        ca,
        EventPublisher.Type.Warning,
        new Finding(
            Reason.TrustChanged,
            bundle(ca) + " was made immutable by somebody else: it was deleted and made anew"));
    return true;
  }

  // that very ConfigMap, as it was judged
  private void delete(ConfigMap judged) {
    try {
      client()
          .resource(judged)
          .lockResourceVersion(judged.getMetadata().getResourceVersion())
          .delete();
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isNotFound(e)) {
        throw e;
      }
    }
  }

  /** Where the trust ConfigMap lies. */
  static TrustPlace bundle(RootCA ca) {
    return TrustPlace.in(
        ca.getMetadata().getNamespace(),
        TrustBundleKind.ConfigMap,
        TrustConfigMap.name(ca.getMetadata().getName()));
  }

  // labels and annotations of others lie in no cache; that it is still the one that was judged, its
  // resourceVersion says
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
        client()
            .configMaps()
            .inNamespace(known.getMetadata().getNamespace())
            .withName(known.getMetadata().getName())
            .get());
  }

  private static Optional<Sealed> generation(CaObserver.Observation seen, int number) {
    return seen.generations().stream().filter(g -> g.number() == number).findFirst();
  }

  private KubernetesClient client() {
    return shared.client();
  }

  private void publish(RootCA ca, EventPublisher.Type type, Finding why) {
    shared.events().publish(ca, type, why.reason().name(), why.message());
  }

  private static void log(RootCA ca, int generation, Finding why) {
    LOG.atInfo()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("generation", generation)
        .addKeyValue("reason", why.reason())
        .log("CA generation: {}", why.message());
  }
}
