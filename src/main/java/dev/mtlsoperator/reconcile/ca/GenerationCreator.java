package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.FirstMilestones;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates generations: new ones, imported ones, and adopted ones that a person vouches for. */
final class GenerationCreator {
  private static final Logger LOG = LoggerFactory.getLogger(GenerationCreator.class);

  private final CaCaches caches;
  private final ImportInputs imports;
  private final GenerationReader reader;
  private final ReconcileContext shared;

  GenerationCreator(
      CaCaches caches, ImportInputs imports, GenerationReader reader, ReconcileContext shared) {
    this.caches = caches;
    this.imports = imports;
    this.reader = reader;
    this.shared = shared;
  }

  /** Creates a generation; returns false if the CA to import no longer exists. */
  boolean create(RootCA ca, CaObservation seen, CaDecision.Create create, Instant now) {
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
            FirstMilestones.of(create, seen.facts(), made.path(), now));
    Secret secret =
        GenerationSecret.create(
            ca, generation, made.authority().key(), create.why().reason().name(), shared.seal());
    caches.writeGeneration(secret, s -> shared.client().resource(s).create());
    shared
        .listener()
        .written(ca.getKind(), create.why().reason(), Duration.ofNanos(System.nanoTime() - begun));
    tell(ca, create, generation);
    return true;
  }

  private void tell(RootCA ca, CaDecision.Create create, CaGeneration generation) {
    LOG.atInfo()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("secret", GenerationSecret.name(ca.getMetadata().getName(), create.number()))
        .addKeyValue("serial", SerialNumber.text(generation.certificate().getSerialNumber()))
        .addKeyValue("generation", create.number())
        .addKeyValue("notAfter", generation.end())
        .addKeyValue("reason", create.why().reason())
        .log("CA generation created: {}", create.why().message());
    if (create.number() > 1) {
      shared
          .events()
          .publish(
              ca,
              create.begins() == CaDecision.Begins.AT_ONCE
                  ? EventPublisher.Type.Warning
                  : EventPublisher.Type.Normal,
              create.why().reason().name(),
              create.why().message());
    }
  }

  /** The parts of a new generation. */
  private record Made(
      CertificateAuthority authority,
      CaPath path,
      Optional<X509Certificate> cross,
      Optional<String> importedFrom) {}

  // empty: the CA to import is gone or was replaced
  private Optional<Made> source(
      RootCA ca, CaObservation seen, CaDecision.Create create, Instant now) {
    if (seen.facts().desired() instanceof DesiredCertificate.Import wanted) {
      return imports
          .read(ca)
          .filter(found -> found.offers(wanted.path()))
          .map(
              found ->
                  new Made(
                      found.authority(wanted.path()),
                      wanted.path(),
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

  // a distrusted or expired generation must not cross-sign another one
  private Optional<CertificateAuthority> former(
      RootCA ca, CaObservation seen, CaDecision.Create create, Instant now) {
    return ca.getSpec().rotation().crossCertificate() && create.distrusts().isEmpty()
        ? seen.facts()
            .signer()
            .filter(signer -> !signer.isExpired(now))
            .flatMap(signer -> seen.generation(signer.number()))
            .flatMap(found -> shared.signingKeys().of(ca.getMetadata().getName(), found, reader))
        : Optional.empty();
  }

  /** Seals the Secret that a person vouches for, unless it has changed since it was judged. */
  void adopt(RootCA ca, CaFacts facts, CaDecision.Adopt adopt, Instant now) {
    Secret live =
        shared
            .client()
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
    // higher than every revision ever noted on it, even if status is lost, so that replays show
    long revision = Math.max(reported.revision(number) + 1, now.getEpochSecond());
    caches.writeGeneration(
        GenerationSecret.adopt(ca, live, adopted, revision, shared.seal()),
        s -> shared.client().resource(s).update());
    CaActor.log(ca, number, adopt.why());
  }

  // it resumes where it was; if another generation signs, trust in it has to be distributed first
  private static boolean signs(CaFacts facts, ReportedStatus reported, int number, CaPath path) {
    Fingerprint fingerprint = Fingerprint.of(path.certificate());
    Optional<GenerationState> before =
        reported
            .generation(number)
            .filter(g -> g.fingerprint().equals(fingerprint.text()))
            .map(Generation::state);
    if (before.filter(GenerationCreator::hasSigned).isPresent()) {
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
}
