package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.SplitObjects;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks at the copies of one RootCA's trust bundle, one object at a time, and judges each. */
final class CopiesLook {
  private final RootCA ca;
  private final TrustContent content;
  private final Optional<Collection<Namespace>> namespaces;
  private final TrustTargets all;
  private final Map<TrustPlace, Target> targets;
  private final TrustAttempts attempts;
  private final Seal seal;
  private final Instant now;
  private final Map<TrustPlace, TrustCopy.Found> found = new HashMap<>();
  private final List<TrustObserver.Surplus> surplus = new ArrayList<>();
  private final Map<TrustPlace, Set<Integer>> leaving = new LinkedHashMap<>();

  private CopiesLook(
      RootCA ca,
      TrustContent content,
      Optional<Collection<Namespace>> namespaces,
      TrustTargets all,
      Map<TrustPlace, Target> targets,
      TrustAttempts attempts,
      Seal seal,
      Instant now) {
    this.ca = ca;
    this.content = content;
    this.namespaces = namespaces;
    this.all = all;
    this.targets = targets;
    this.attempts = attempts;
    this.seal = seal;
    this.now = now;
  }

  /**
   * Starts a look.
   *
   * @param namespaces all that exist; empty: the operator knows only those that it was configured
   *     with
   * @param all the places where copies belong
   */
  static CopiesLook at(
      RootCA ca,
      TrustContent content,
      Optional<Collection<Namespace>> namespaces,
      TrustTargets all,
      TrustAttempts attempts,
      Seal seal,
      Instant now) {
    Map<TrustPlace, Target> targets = new LinkedHashMap<>();
    // a ClusterTrustBundle cannot be empty: if no CA is trusted, there is none
    all.targets().stream()
        .filter(
            target ->
                !content.isEmpty() || target.place().kind() != TrustBundleKind.ClusterTrustBundle)
        // the CA's own certificates come first
        .forEach(target -> targets.putIfAbsent(target.place(), target));
    return new CopiesLook(ca, content, namespaces, all, targets, attempts, seal, now);
  }

  /** The places where copies belong. */
  Set<TrustPlace> places() {
    return targets.keySet();
  }

  boolean isWanted(HasMetadata object) {
    return TrustPlace.of(object).filter(targets::containsKey).isPresent();
  }

  void add(HasMetadata object) {
    TrustPlace.of(object)
        .ifPresent(
            place -> {
              Target target = targets.get(place);
              if (target != null) {
                found.put(place, TrustCopy.judge(ca, target, content, object, seal));
              } else if (isSurplus(object)) {
                TrustCopy.notes(object, seal)
                    .ifPresent(notes -> leaving.put(place, notes.trusts()));
                if (!attempts.isHeld(ca, place, now)) {
                  surplus.add(new TrustObserver.Surplus(place, object.getMetadata().getUid()));
                }
              }
            });
  }

  TrustObserver.Seen seen() {
    List<TrustObserver.Wanted> wanted =
        targets.values().stream()
            .map(
                target ->
                    new TrustObserver.Wanted(
                        target,
                        found.getOrDefault(target.place(), new TrustCopy.Found.Absent()),
                        TrustDistribution.digest(target.of(content)),
                        target.heldByOthers(content),
                        attempts.at(ca, target.place(), now)))
            .toList();
    return new TrustObserver.Seen(
        wanted, List.copyOf(surplus), all.skipped(), all.unseen(), leaving);
  }

  private boolean isSurplus(HasMetadata object) {
    TrustPlace place = TrustPlace.of(object).orElseThrow();
    boolean ours =
        TrustCopy.notes(object, seal)
            .filter(n -> n.namespace().equals(ca.getMetadata().getNamespace()))
            .filter(n -> n.rootCA().equals(ca.getMetadata().getName()))
            // what a former RootCA of that name left on purpose stays
            .filter(
                n ->
                    n.rootCAUid().equals(ca.getMetadata().getUid())
                        || n.policy() == DeletionPolicy.Delete)
            .isPresent();
    boolean askedFor =
        ca.getSpec().trustBundles().stream()
            .filter(b -> b.kind() == place.kind())
            .anyMatch(b -> SplitObjects.names(b, content).contains(place.name()));
    // if namespaces are not known, only a copy that the spec requests nowhere is surplus
    return ours
        && !object.isMarkedForDeletion()
        && namespaces
            .map(some -> place.namespace().isEmpty() || isStaying(some, place.namespace()))
            .orElse(!askedFor);
  }

  // a copy in a namespace that is being deleted needs no removal
  private static boolean isStaying(Collection<Namespace> all, String namespace) {
    return all.stream()
        .anyMatch(
            n -> n.getMetadata().getName().equals(namespace) && !TrustTargets.isTerminating(n));
  }
}
