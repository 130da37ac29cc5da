package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.CaAnnotations;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.context.TrustAnchors;
import dev.mtlsoperator.reconcile.revocation.ImportGate;
import dev.mtlsoperator.reconcile.revocation.RevocationObserver;
import dev.mtlsoperator.reconcile.revocation.RevocationView;
import dev.mtlsoperator.reconcile.trust.CountedLeaves;
import dev.mtlsoperator.reconcile.trust.DistributionTracker;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.ca.RotationPlan;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * Gathers all facts about one RootCA, for one run; writes nothing. While a generation signs, the
 * caches suffice. Before a CA is created or declared lost, the API server is read: absence from a
 * cache proves nothing.
 */
final class CaObserver {
  private final CaCollaborators parts;
  private final ReconcileContext shared;
  private final GenerationReader reader;
  private final List<? extends LeafIndex> leaves;
  private final LeafCensus census;
  private final CaSearch search;
  private final CountedLeaves counted = new CountedLeaves();

  /**
   * An observer for one run.
   *
   * @param reader that of the run
   */
  CaObserver(
      CaCollaborators parts,
      List<? extends LeafIndex> leaves,
      GenerationReader reader,
      ReconcileContext shared) {
    this.parts = parts;
    this.shared = shared;
    this.reader = reader;
    this.leaves = List.copyOf(leaves);
    this.census = new LeafCensus(leaves, parts.caches(), parts.admission(), shared);
    this.search = new CaSearch(census, parts.admission(), reader, shared);
  }

  /** Observes with that evidence, or a better one if it shows too little. */
  CaObservation observe(RootCA ca, Evidence evidence) {
    return switch (evidence) {
      case CACHED -> unlessIncomplete(ca, judge(ca, cached(ca)));
      case LEAVES_CACHED -> unlessIncomplete(ca, judge(ca, search.withCachedLeaves(ca)));
      case FRESH -> judge(ca, search.live(ca));
    };
  }

  // only the leaves, when just read, tell that a CA existed, and which generations it had
  private CaObservation unlessIncomplete(RootCA ca, CaObservation cached) {
    boolean adoptionPending =
        CaAnnotations.adoption(ca)
            .filter(
                f ->
                    cached.generations().stream()
                        .noneMatch(g -> f.equals(Fingerprint.of(g.certificate()))))
            .isPresent();
    // a generation that the next status does not list counts as gone for good: the cache must hold
    // all that status lists now
    boolean complete =
        ReportedStatus.of(ca).generations().stream()
            .allMatch(
                known ->
                    cached.generations().stream().anyMatch(g -> g.number() == known.generation()));
    return complete
            && cached.facts().signer().isPresent()
            && !(adoptionPending && CaAnnotations.isAdoptionNews(ca))
        ? cached
        : judge(ca, search.live(ca));
  }

  private CaSearch.Found cached(RootCA ca) {
    List<Secret> secrets = parts.caches().generations(ca);
    return new CaSearch.Found(
        new GenerationSearch.Found(
            secrets,
            GenerationSecrets.sealed(
                secrets, ca.getMetadata().getNamespace(), ca.getMetadata().getName(), reader)),
        bundle(ca),
        List.of(),
        CaSearch.Listed.none(),
        0,
        Evidence.CACHED);
  }

  /** The trust bundle of a CA, and what it is made of. */
  private record Wanted(
      DesiredCertificate desired,
      AdditionalTrusts.Known additional,
      RevocationView revocation,
      TrustContent content) {}

  private Wanted wanted(RootCA ca, CaSearch.Found found, CaGenerations generations) {
    SortedMap<Integer, X509Certificate> anchors = anchors(ca, found, generations);
    AdditionalRevocations crls = parts.additionalTrust().crls(ca);
    RevocationObserver.Seen revoked = revocation(ca, found, generations, anchors, crls);
    DesiredCertificate offered = DesiredCertificate.of(ca, () -> input(ca, found.evidence()));
    AdditionalTrusts.Known additional =
        parts.additionalTrust().read(ca, offered, generations, found.bundle(), revoked, crls);
    TrustContent certificates = new TrustContent(anchors, additional.entries());
    RevocationView revocation =
        parts.revocation().view(ca, revoked, generations, certificates, additional);
    return new Wanted(
        ImportGate.of(offered, generations, additional.crls(), revoked, shared.now()),
        additional,
        revocation,
        certificates.with(revocation.text()));
  }

  private CaObservation judge(RootCA ca, CaSearch.Found found) {
    KnownGenerations known = KnownGenerations.of(ca, found.generations(), reader, shared);
    Wanted wanted = wanted(ca, found, known.generations());
    TrustObserver.Seen copies = copies(ca, wanted.content(), found.evidence());
    Optional<TrustAttempts.Attempt> held =
        parts
            .attempts()
            .at(ca, TrustConfigMapWriter.place(ca), shared.now())
            .filter(attempt -> attempt.result() != TrustAttempts.Result.FAILED);
    Bundle bundle = bundle(ca, found, wanted.content(), held);
    DistributionTracker tracker = tracker(ca, known.generations(), wanted.additional());
    tracker.add(ca, found.bundle(), bundle, held.map(TrustAttempts.Attempt::why));
    tracker.add(copies);
    CaAnnotations.unheard(ca, known.generations()).ifPresent(tracker::leaveOut);
    known.adoptionRefusal(ca).ifPresent(tracker::leaveOut);
    CaGenerations generations = known.generations();
    AdditionalTrusts.Known additional = wanted.additional();
    tracker.add(
        counted.orElse(
            found.evidence(),
            new CountedLeaves.Of(ca, generations, additional.certificates()),
            shared.now(),
            () -> census.count(ca, found, generations, tracker(ca, generations, additional))));
    return new CaObservation(
        facts(ca, wanted, found, known, bundle, copies, tracker.copies(found.evidence())),
        known.sealed(),
        known.staying(),
        found.bundle(),
        wanted.content(),
        wanted.additional(),
        copies,
        wanted.revocation());
  }

  private DistributionTracker tracker(
      RootCA ca, CaGenerations generations, AdditionalTrusts.Known additional) {
    return new DistributionTracker(
        ca,
        generations,
        additional.certificates(),
        parts.admission(),
        shared.seal(),
        shared.givenTrust(),
        shared.leafAttempts(),
        shared.now());
  }

  private CaFacts facts(
      RootCA ca,
      Wanted wanted,
      CaSearch.Found found,
      KnownGenerations known,
      Bundle bundle,
      TrustObserver.Seen copies,
      DistributionState distribution) {
    return new CaFacts(
        wanted.desired(),
        wanted.desired() instanceof DesiredCertificate.Invalid
            ? RotationPlan.cautious(ca)
            : RotationPlan.of(ca),
        CaAnnotations.requests(ca),
        known.generations(),
        known.unsealed(),
        known.highest(ca, found.highestOfLeaves()),
        found.traces(),
        known.adoptable(ca),
        known.isMetadataCurrent(ca),
        bundle,
        copies.distribution(),
        distribution,
        Stream.concat(parts.admission().tooNarrow(ca).stream(), copies.unseen().stream()).toList(),
        wanted.revocation().facts());
  }

  private SortedMap<Integer, X509Certificate> anchors(
      RootCA ca, CaSearch.Found found, CaGenerations generations) {
    return TrustAnchors.of(
        generations,
        ReportedStatus.of(ca),
        () ->
            found
                .bundle()
                .map(map -> TrustConfigMap.own(ca, map, shared.seal()))
                .orElse(List.of()));
  }

  private RevocationObserver.Seen revocation(
      RootCA ca,
      CaSearch.Found found,
      CaGenerations generations,
      SortedMap<Integer, X509Certificate> anchors,
      AdditionalRevocations crls) {
    return parts
        .revocation()
        .observe(
            ca,
            generations,
            anchors.keySet(),
            found.bundle(),
            leaves,
            crls,
            () -> parts.distribution().texts(ca));
  }

  private TrustObserver.Seen copies(RootCA ca, TrustContent content, Evidence evidence) {
    return switch (evidence) {
      case FRESH, LEAVES_CACHED -> parts.copies().observeFresh(ca, content);
      case CACHED -> parts.copies().observe(ca, content);
    };
  }

  private Bundle bundle(
      RootCA ca, CaSearch.Found found, TrustContent content, Optional<TrustAttempts.Attempt> held) {
    return unlessHeld(
        TrustConfigMap.judge(ca, found.bundle().orElse(null), content, shared.seal()),
        held.filter(
            attempt ->
                attempt.result() != TrustAttempts.Result.DISTURBED
                    || attempt.content().equals(TrustDistribution.digest(content))));
  }

  private static Bundle unlessHeld(Bundle judged, Optional<TrustAttempts.Attempt> held) {
    return switch (judged) {
      case ABSENT, OUTDATED -> held.isPresent() ? Bundle.REFUSED : judged;
      case CURRENT, REFUSED, FOREIGN -> judged;
    };
  }

  private DesiredCertificate input(RootCA ca, Evidence evidence) {
    return switch (evidence) {
      case FRESH, LEAVES_CACHED -> parts.imports().judgeLive(ca, shared.now());
      case CACHED ->
          parts
              .imports()
              .judge(
                  ca,
                  parts
                      .caches()
                      .input(ca.getMetadata().getNamespace(), ImportInputs.source(ca).secretName()),
                  shared.now());
    };
  }

  // the watch's label selector misses a foreign ConfigMap, and the cache keeps no content of a
  // changed one: only then a read is worth its cost
  private Optional<ConfigMap> bundle(RootCA ca) {
    String namespace = ca.getMetadata().getNamespace();
    String name = TrustConfigMap.name(ca.getMetadata().getName());
    return parts
        .caches()
        .bundle(namespace, name)
        .filter(TrustConfigMap::hasBundle)
        .or(
            () ->
                Optional.ofNullable(
                    shared.client().configMaps().inNamespace(namespace).withName(name).get()));
  }
}
