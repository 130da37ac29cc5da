package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.rotation.CaFacts;
import dev.mtlsoperator.rotation.CaFacts.Bundle;
import dev.mtlsoperator.rotation.CaGeneration;
import dev.mtlsoperator.rotation.Copies.Evidence;
import dev.mtlsoperator.rotation.Draft;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.rotation.RotationPlan;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.TrustConfigMap;
import dev.mtlsoperator.secret.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
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
  private final List<? extends LeafCensus> leaves;
  private final ImportInputs imports;
  private final Surroundings surroundings;
  private final CaSearch search;

  CaObserver(
      CaWatches watches,
      List<? extends LeafCensus> leaves,
      ImportInputs imports,
      Surroundings surroundings) {
    this.watches = watches;
    this.leaves = leaves;
    this.imports = imports;
    this.surroundings = surroundings;
    this.search = new CaSearch(watches, surroundings);
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
    boolean isAheadOf(Reported reported) {
      return facts.lineage().isProven()
          && generations.stream()
              .filter(g -> Generations.isCredible(g.number()))
              // of one that has left, nobody asks what was noted on it
              .filter(g -> facts.lineage().generations().contains(g.generation()))
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
        Reported.of(ca).generations().stream()
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
        Generations.sealed(found.secrets(), namespace, name, surroundings.seal()).stream()
            .filter(generation -> surroundings.signingKeys().vouchesFor(name, generation))
            .toList();
    Reported reported = Reported.of(ca);
    List<Sealed> generations = staying(all, Generations.lineage(all, found.secrets(), reported));
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
    Lineage lineage =
        Generations.lineage(generations, found.secrets(), reported).at(surroundings.now());
    List<String> adoptable =
        Stream.concat(
                skipped.stream(), lineage.suspects().stream().map(Lineage.Suspect::secretName))
            .toList();
    Draft draft = Draft.of(ca, () -> input(ca, found.evidence()));
    AdditionalTrusts.Known additional = watches.additionalTrust().read(ca, lineage, found.bundle());
    TrustContent content =
        new TrustContent(
            Generations.anchors(
                lineage,
                reported,
                () ->
                    found
                        .bundle()
                        .map(map -> TrustConfigMap.own(ca, map, surroundings.seal()))
                        .orElse(List.of())),
            additional.entries());
    TrustObserver.Seen copies =
        found.evidence() == Evidence.FRESH
            ? watches.copies().observeFresh(ca, content)
            : watches.copies().observe(ca, content);
    Optional<TrustAttempts.Attempt> held =
        watches
            .attempts()
            .at(ca, CaActor.bundle(ca), surroundings.now())
            .filter(attempt -> attempt.result() != TrustAttempts.Result.FAILED);
    Bundle bundle =
        unlessHeld(
            TrustConfigMap.judge(ca, found.bundle().orElse(null), content, surroundings.seal()),
            held.filter(
                attempt ->
                    attempt.result() != TrustAttempts.Result.DISTURBED
                        || attempt.content().equals(TrustDistribution.digest(content))));
    CopyCount counting =
        new CopyCount(
            ca,
            lineage,
            additional.certificates(),
            watches.admission(),
            surroundings.seal(),
            surroundings.givenTrust(),
            surroundings.leafAttempts(),
            surroundings.now());
    counting.add(ca, found.bundle(), bundle, held.map(TrustAttempts.Attempt::why));
    counting.add(copies);
    CaAnnotations.unheard(ca, lineage).ifPresent(counting::leaveOut);
    Adoption.refusal(ca, found.secrets(), adoptable, lineage).ifPresent(counting::leaveOut);
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
    leaves.forEach(kind -> kind.former(own, lineage, former));
    CaFacts facts =
        new CaFacts(
            draft,
            draft instanceof Draft.Invalid ? RotationPlan.cautious(ca) : RotationPlan.of(ca),
            CaAnnotations.requests(ca),
            lineage,
            Generations.unsealed(found.secrets(), skipped),
            Generations.highestKnown(ca, found.secrets(), all, found.highestOfLeaves()),
            found.traces(),
            Adoption.adoptable(ca, found.secrets(), adoptable, lineage),
            generations.stream()
                .filter(g -> lineage.generations().contains(g.generation()))
                .allMatch(g -> GenerationSecret.metadataCurrent(ca, g.secret(), g.number())),
            bundle,
            copies.distribution(),
            counting.copies(found.evidence()),
            Stream.concat(watches.admission().tooNarrow(ca).stream(), copies.unseen().stream())
                .toList());
    // what is on its way out needs nobody's look
    Set<String> going =
        found.secrets().stream()
            .filter(TrustObserver::isGoing)
            .map(secret -> secret.getMetadata().getName())
            .collect(Collectors.toUnmodifiableSet());
    return new Observation(
        facts,
        generations,
        skipped.stream().filter(secret -> !going.contains(secret)).toList(),
        found.bundle(),
        content,
        additional,
        copies);
  }

  // what has left and is being deleted is gone, however long somebody's finalizer keeps it
  private static List<Sealed> staying(List<Sealed> all, Lineage lineage) {
    Set<Integer> leaving =
        lineage.leaving().stream()
            .map(CaGeneration::number)
            .collect(Collectors.toUnmodifiableSet());
    return all.stream()
        .filter(g -> !leaving.contains(g.number()) || !TrustObserver.isGoing(g.secret()))
        .toList();
  }

  private static Bundle unlessHeld(Bundle judged, Optional<TrustAttempts.Attempt> held) {
    return switch (judged) {
      case ABSENT, OUTDATED -> held.isPresent() ? Bundle.REFUSED : judged;
      case CURRENT, REFUSED, FOREIGN -> judged;
    };
  }

  private Draft input(RootCA ca, Evidence evidence) {
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
                    surroundings
                        .client()
                        .configMaps()
                        .inNamespace(namespace)
                        .withName(name)
                        .get()));
  }
}
