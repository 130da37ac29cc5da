package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.CaAnnotations;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.trust.DistributionTracker;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.ca.RotationPlan;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Gathers all facts about one RootCA; writes nothing. While a generation signs, the caches are
 * enough. Before a CA is created or declared lost, the API server is asked: what a cache lacks is
 * no evidence.
 */
final class CaObserver {
  private final CaWatches watches;
  private final List<? extends LeafIndex> leaves;
  private final ImportInputs imports;
  private final ReconcileContext shared;
  private final CaSearch search;

  CaObserver(
      CaWatches watches,
      List<? extends LeafIndex> leaves,
      ImportInputs imports,
      ReconcileContext shared) {
    this.watches = watches;
    this.leaves = leaves;
    this.imports = imports;
    this.shared = shared;
    this.search = new CaSearch(watches, shared);
  }

  /**
   * What is known of one RootCA.
   *
   * @param generations that bear a valid seal, oldest first; from the API server they are not
   *     redacted
   * @param skipped names of Secrets that look like generations but are not sealed
   * @param content of every trust bundle
   * @param additional what of it is of others
   * @param copies the further ones
   */
  record Observation(
      CaFacts facts,
      List<Sealed> generations,
      List<String> skipped,
      Optional<ConfigMap> bundle,
      TrustContent content,
      AdditionalTrusts.Known additional,
      TrustObserver.Seen copies) {

    /**
     * Whether something was made or noted that status does not tell of, though it could; what an
     * earlier release told had no revisions.
     */
    boolean isAheadOf(ReportedStatus reported) {
      return facts.generations().isProven()
          && generations.stream()
              .filter(g -> GenerationSecrets.isCredible(g.number()))
              // of one that has left, nobody asks what was noted on it
              .filter(g -> facts.generations().generations().contains(g.generation()))
              .anyMatch(
                  g ->
                      reported
                          .generation(g.number())
                          .map(told -> told.revision() != null && told.revision() < g.revision())
                          .orElse(true));
    }
  }

  /** From the caches, or from the API server where they know too little. */
  Observation observe(RootCA ca) {
    Observation cached =
        judge(
            ca,
            new CaSearch.Found(
                watches.generations(ca),
                bundle(ca),
                List.of(),
                0,
                Evidence.CACHED,
                counting ->
                    leaves.forEach(
                        kind ->
                            kind.leaves(
                                ca.getMetadata().getNamespace(),
                                ca.getMetadata().getName(),
                                (leaf, secret) -> search.add(ca, counting, leaf, secret)))));
    boolean adoptionPending =
        CaAnnotations.adoption(ca)
            .filter(
                f ->
                    cached.generations().stream()
                        .noneMatch(g -> f.equals(Fingerprint.of(g.certificate()))))
            .isPresent();
    // what status would not list any more, counts as gone for good
    boolean complete =
        ReportedStatus.of(ca).generations().stream()
            .allMatch(
                known ->
                    cached.generations().stream().anyMatch(g -> g.number() == known.generation()));
    return complete
            && cached.facts().signer().isPresent()
            && !(adoptionPending && CaAnnotations.isAdoptionNews(ca))
        ? cached
        : observeFresh(ca);
  }

  /** From the API server. */
  Observation observeFresh(RootCA ca) {
    return judge(ca, search.live(ca));
  }

  private Observation judge(RootCA ca, CaSearch.Found found) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    // a seal vouches for the certificate; that the key belongs to it, only the key itself can tell
    List<Sealed> all =
        GenerationSecrets.sealed(found.secrets(), namespace, name, shared.seal()).stream()
            .filter(generation -> shared.signingKeys().vouchesFor(name, generation))
            .toList();
    ReportedStatus reported = ReportedStatus.of(ca);
    List<Sealed> sealed =
        staying(all, GenerationSecrets.generations(all, found.secrets(), reported));
    List<String> skipped =
        found.secrets().stream()
            .map(secret -> secret.getMetadata().getName())
            // anybody may have labelled any Secret like one
            .filter(secret -> GenerationSecret.number(name, secret).isPresent())
            .filter(
                secret ->
                    all.stream().noneMatch(g -> g.secret().getMetadata().getName().equals(secret)))
            .sorted()
            .toList();
    CaGenerations generations =
        GenerationSecrets.generations(sealed, found.secrets(), reported).at(shared.now());
    List<String> adoptable =
        Stream.concat(
                skipped.stream(),
                generations.suspects().stream().map(CaGenerations.Suspect::secretName))
            .toList();
    DesiredCertificate desired = DesiredCertificate.of(ca, () -> input(ca, found.evidence()));
    AdditionalTrusts.Known additional =
        watches.additionalTrust().read(ca, generations, found.bundle());
    TrustContent content =
        new TrustContent(
            GenerationSecrets.anchors(
                generations,
                reported,
                () ->
                    found
                        .bundle()
                        .map(map -> TrustConfigMap.own(ca, map, shared.seal()))
                        .orElse(List.of())),
            additional.entries());
    TrustObserver.Seen copies =
        found.evidence() == Evidence.FRESH
            ? watches.copies().observeFresh(ca, content)
            : watches.copies().observe(ca, content);
    Optional<TrustAttempts.Attempt> held =
        watches
            .attempts()
            .at(ca, CaActor.bundle(ca), shared.now())
            .filter(attempt -> attempt.result() != TrustAttempts.Result.FAILED);
    Bundle bundle =
        unlessHeld(
            TrustConfigMap.judge(ca, found.bundle().orElse(null), content, shared.seal()),
            held.filter(
                attempt ->
                    attempt.result() != TrustAttempts.Result.DISTURBED
                        || attempt.content().equals(TrustDistribution.digest(content))));
    DistributionTracker counting =
        new DistributionTracker(
            ca,
            generations,
            additional.certificates(),
            watches.admission(),
            shared.seal(),
            shared.givenTrust(),
            shared.leafAttempts(),
            shared.now());
    counting.add(ca, found.bundle(), bundle, held.map(TrustAttempts.Attempt::why));
    counting.add(copies);
    CaAnnotations.unheard(ca, generations).ifPresent(counting::leaveOut);
    Adoption.refusal(ca, found.secrets(), adoptable, generations).ifPresent(counting::leaveOut);
    found.census().accept(counting);
    CAName own = new CAName(namespace, name);
    BiConsumer<LeafCert<?>, Secret> former =
        switch (found.evidence()) {
          case CACHED -> (leaf, secret) -> search.add(ca, counting, leaf, secret);
          case FRESH ->
              (leaf, secret) ->
                  search.former(
                      leaf, own, (live, liveSecret) -> search.add(ca, counting, live, liveSecret));
        };
    leaves.forEach(kind -> kind.former(own, generations, former));
    CaFacts facts =
        new CaFacts(
            desired,
            desired instanceof DesiredCertificate.Invalid
                ? RotationPlan.cautious(ca)
                : RotationPlan.of(ca),
            CaAnnotations.requests(ca),
            generations,
            GenerationSecrets.unsealed(found.secrets(), skipped),
            GenerationSecrets.highestKnown(ca, found.secrets(), all, found.highestOfLeaves()),
            found.traces(),
            Adoption.adoptable(ca, found.secrets(), adoptable, generations),
            sealed.stream()
                .filter(g -> generations.generations().contains(g.generation()))
                .allMatch(g -> GenerationSecret.metadataCurrent(ca, g.secret(), g.number())),
            bundle,
            copies.distribution(),
            counting.copies(found.evidence()),
            Stream.concat(watches.admission().tooNarrow(ca).stream(), copies.unseen().stream())
                .toList());
    // what is on its way out needs nobody's look
    Set<String> going =
        found.secrets().stream()
            .filter(HasMetadata::isMarkedForDeletion)
            .map(secret -> secret.getMetadata().getName())
            .collect(Collectors.toUnmodifiableSet());
    return new Observation(
        facts,
        sealed,
        skipped.stream().filter(secret -> !going.contains(secret)).toList(),
        found.bundle(),
        content,
        additional,
        copies);
  }

  // what has left and is being deleted is gone, however long somebody's finalizer keeps it
  private static List<Sealed> staying(List<Sealed> all, CaGenerations generations) {
    Set<Integer> leaving =
        generations.leaving().stream()
            .map(CaGeneration::number)
            .collect(Collectors.toUnmodifiableSet());
    return all.stream()
        .filter(g -> !leaving.contains(g.number()) || !g.secret().isMarkedForDeletion())
        .toList();
  }

  private static Bundle unlessHeld(Bundle judged, Optional<TrustAttempts.Attempt> held) {
    return switch (judged) {
      case ABSENT, OUTDATED -> held.isPresent() ? Bundle.REFUSED : judged;
      case CURRENT, REFUSED, FOREIGN -> judged;
    };
  }

  private DesiredCertificate input(RootCA ca, Evidence evidence) {
    return switch (evidence) {
      case FRESH -> imports.judgeLive(ca);
      case CACHED ->
          imports.judge(
              ca,
              watches.input(ca.getMetadata().getNamespace(), ImportInputs.source(ca).secretName()));
    };
  }

  // a foreign ConfigMap does not carry the label that the watch selects by, and of one that is not
  // as it was written the cache keeps no content: only then a look is worth its price
  private Optional<ConfigMap> bundle(RootCA ca) {
    String namespace = ca.getMetadata().getNamespace();
    String name = TrustConfigMap.name(ca.getMetadata().getName());
    return watches
        .bundle(namespace, name)
        .filter(TrustConfigMap::hasBundle)
        .or(
            () ->
                Optional.ofNullable(
                    shared.client().configMaps().inNamespace(namespace).withName(name).get()));
  }
}
