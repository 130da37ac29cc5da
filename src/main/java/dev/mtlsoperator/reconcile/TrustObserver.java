package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.TrustBundleKind;
import dev.mtlsoperator.rotation.Copies.Copy;
import dev.mtlsoperator.rotation.Distribution;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.secret.TrustContent;
import dev.mtlsoperator.secret.TrustCopy;
import dev.mtlsoperator.secret.TrustPlace;
import dev.mtlsoperator.secret.TrustTargets;
import dev.mtlsoperator.secret.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The further copies of trust bundles: where they are to be, what is there, what is too much. */
final class TrustObserver {
  private final TrustWatches watches;
  private final TrustAttempts attempts;
  private final Surroundings surroundings;

  TrustObserver(TrustWatches watches, TrustAttempts attempts, Surroundings surroundings) {
    this.watches = watches;
    this.attempts = attempts;
    this.surroundings = surroundings;
  }

  /** A copy that is to be, and what lies there. */
  record Wanted(Target target, TrustCopy.Found found, Optional<TrustAttempts.Attempt> attempt) {
    boolean isDue() {
      return attempt.isEmpty()
          && !(found instanceof TrustCopy.Found.Foreign)
          && !(found instanceof TrustCopy.Found.Ours ours
              && ours.state() == TrustCopy.State.CURRENT);
    }

    private Optional<String> excused() {
      if (found instanceof TrustCopy.Found.Ours ours && ours.state() == TrustCopy.State.CURRENT) {
        return Optional.empty();
      }
      return found instanceof TrustCopy.Found.Foreign
          ? Optional.of(inTheWay(target.place()))
          : attempt
              .filter(a -> a.result() == TrustAttempts.Result.REFUSED)
              .map(a -> target.place() + " cannot be written: " + a.why());
    }
  }

  /**
   * All that is known of the copies of one RootCA.
   *
   * @param surplus ours, at places where none is wanted
   */
  record Seen(
      List<Wanted> wanted, List<HasMetadata> surplus, List<String> skipped, List<String> unseen) {

    static Seen nothing() {
      return new Seen(List.of(), List.of(), List.of(), List.of());
    }

    Distribution distribution() {
      return new Distribution(
          wanted.stream().filter(Wanted::isDue).map(w -> w.target().place().toString()).toList(),
          surplus.stream().flatMap(o -> TrustPlace.of(o).stream()).map(Object::toString).toList());
    }

    /** In words, what is left out. */
    List<String> excused() {
      return Stream.concat(wanted.stream().flatMap(w -> w.excused().stream()), skipped.stream())
          .toList();
    }

    /** Those that are waited for. */
    List<Copy> copies(String namespace, Lineage lineage) {
      Set<Integer> trusted =
          lineage.trusted().stream().map(g -> g.number()).collect(Collectors.toSet());
      return wanted.stream()
          .filter(w -> w.excused().isEmpty())
          .map(w -> copy(namespace, w.target().place(), w.found(), trusted))
          .toList();
    }

    private static Copy copy(
        String namespace, TrustPlace place, TrustCopy.Found found, Set<Integer> trusted) {
      Set<Integer> trusts =
          found instanceof TrustCopy.Found.Ours ours ? ours.trusts() : Set.<Integer>of();
      return new Copy(
          place.toString(),
          trusts,
          // what others can write delays nobody but themselves
          place.isIn(namespace) && found instanceof TrustCopy.Found.Ours ours
              ? ours.trustSince().flatMap(Timestamps::parse)
              : Optional.empty(),
          !trusted.containsAll(trusts),
          OptionalInt.empty(),
          Optional.empty());
    }
  }

  /** From the caches. */
  Seen observe(RootCA ca, TrustContent content) {
    return judge(ca, content, watches.namespaces(), watches.of(ca), watches::get);
  }

  /** From the API server. */
  Seen observeFresh(RootCA ca, TrustContent content) {
    if (ca.getSpec().trustBundles().isEmpty() && watches.of(ca).isEmpty()) {
      return Seen.nothing();
    }
    Optional<Collection<Namespace>> namespaces =
        watches
            .namespaces()
            .map(
                cached -> {
                  List<Namespace> all = new ArrayList<>();
                  Paging.forEach(surroundings.client().namespaces()::list, all::add);
                  return all;
                });
    Map<TrustPlace, HasMetadata> found = new HashMap<>();
    Map<String, String> labels =
        TrustCopy.labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    if (namespaces.isPresent()) {
      Paging.forEach(
          surroundings.client().configMaps().inAnyNamespace().withLabels(labels)::list,
          o -> put(found, o));
      Paging.forEach(
          surroundings.client().secrets().inAnyNamespace().withLabels(labels)::list,
          o -> put(found, o));
    } else {
      for (String namespace : watches.scope().namespaces()) {
        Paging.forEach(
            surroundings.client().configMaps().inNamespace(namespace).withLabels(labels)::list,
            o -> put(found, o));
        Paging.forEach(
            surroundings.client().secrets().inNamespace(namespace).withLabels(labels)::list,
            o -> put(found, o));
      }
    }
    watches
        .clusterApiVersion()
        .ifPresent(
            version ->
                Paging.forEach(
                    surroundings
                            .client()
                            .genericKubernetesResources(version, ClusterTrustBundles.KIND)
                            .withLabels(labels)
                        ::list,
                    o -> put(found, o)));
    return judge(
        ca, content, namespaces, found.values(), place -> Optional.ofNullable(found.get(place)));
  }

  private static void put(Map<TrustPlace, HasMetadata> found, HasMetadata object) {
    TrustPlace.of(object).ifPresent(place -> found.put(place, object));
  }

  @FunctionalInterface
  private interface Lookup {
    Optional<HasMetadata> at(TrustPlace place);
  }

  private Seen judge(
      RootCA ca,
      TrustContent content,
      Optional<Collection<Namespace>> namespaces,
      Collection<HasMetadata> labelled,
      Lookup lookup) {
    if (ca.getSpec().trustBundles().isEmpty() && labelled.isEmpty()) {
      return Seen.nothing();
    }
    TrustTargets targets = TrustTargets.of(ca, namespaces, watches.clusterApi());
    // a ClusterTrustBundle cannot be empty: where nobody is trusted there is none
    List<Target> places =
        targets.targets().stream()
            .filter(
                target ->
                    !content.isEmpty()
                        || target.place().kind() != TrustBundleKind.ClusterTrustBundle)
            .toList();
    Instant now = surroundings.now();
    List<Wanted> wanted = new ArrayList<>();
    for (Target target : places) {
      wanted.add(
          new Wanted(
              target,
              TrustCopy.judge(
                  ca, target, content, lookup.at(target.place()).orElse(null), surroundings.seal()),
              attempts.at(ca, target.place(), now)));
    }
    Set<TrustPlace> taken = places.stream().map(Target::place).collect(Collectors.toSet());
    List<HasMetadata> surplus =
        labelled.stream()
            .filter(o -> TrustPlace.of(o).filter(place -> !taken.contains(place)).isPresent())
            .filter(o -> isSurplus(ca, o, namespaces))
            .filter(o -> attempts.at(ca, TrustPlace.of(o).orElseThrow(), now).isEmpty())
            .toList();
    return new Seen(wanted, surplus, targets.skipped(), targets.unseen());
  }

  /** Whether it is being deleted: a finalizer of somebody else's may hold it for ever. */
  static boolean isGoing(HasMetadata object) {
    return object.getMetadata().getDeletionTimestamp() != null;
  }

  private boolean isSurplus(
      RootCA ca, HasMetadata object, Optional<Collection<Namespace>> namespaces) {
    TrustPlace place = TrustPlace.of(object).orElseThrow();
    boolean ours =
        TrustCopy.notes(object, surroundings.seal())
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
            .anyMatch(b -> b.kind() == place.kind() && b.name().equals(place.name()));
    // where namespaces are not known, only what nobody asks for anywhere is too much
    return ours
        && !isGoing(object)
        && namespaces
            .map(all -> place.namespace().isEmpty() || isStaying(all, place.namespace()))
            .orElse(!askedFor);
  }

  // what goes with its namespace needs no second hand
  private static boolean isStaying(Collection<Namespace> all, String namespace) {
    return all.stream()
        .anyMatch(
            n -> n.getMetadata().getName().equals(namespace) && !TrustTargets.isTerminating(n));
  }

  private static String inTheWay(TrustPlace place) {
    return place + " is not this RootCA's and is left alone: delete or rename it";
  }
}
