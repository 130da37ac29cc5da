package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.rotation.ca.Distribution;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The further copies of trust bundles: where they are to be, what is there, what is too much. */
public final class TrustObserver {
  private final TrustWatches watches;
  private final TrustAttempts attempts;
  private final ReconcileContext shared;

  public TrustObserver(TrustWatches watches, TrustAttempts attempts, ReconcileContext shared) {
    this.watches = watches;
    this.attempts = attempts;
    this.shared = shared;
  }

  /**
   * A copy that is to be, and what lies there. Somebody else's is due like a missing one: a cache
   * keeps too little of it to tell, and the look before the write does.
   *
   * @param content digest of the certificates that it is to hold
   */
  record Wanted(
      Target target,
      TrustCopy.Found found,
      String content,
      Optional<TrustAttempts.Attempt> attempt) {
    boolean isDue() {
      return !isCurrent() && holdingUp().isEmpty();
    }

    private boolean isCurrent() {
      return found instanceof TrustCopy.Found.Ours ours && ours.state() == TrustCopy.State.CURRENT;
    }

    private Optional<TrustAttempts.Attempt> holdingUp() {
      return attempt.filter(
          a ->
              switch (a.result()) {
                case REFUSED, FAILED -> true;
                case MADE -> false;
                // a change of ours reaches it like any other
                case DISTURBED -> !isWhole(found) || a.content().equals(content);
              });
    }

    // what is said of it
    private Optional<String> excused() {
      if (isCurrent()) {
        return Optional.empty();
      }
      return holdingUp()
          .filter(a -> a.result() != TrustAttempts.Result.FAILED)
          .map(a -> "cannot be written: " + a.why())
          .or(
              () ->
                  found instanceof TrustCopy.Found.Foreign
                      ? Optional.of("is not this RootCA's and is left alone: delete or rename it")
                      : Optional.empty());
    }

    // what was changed by others may hold anything
    private boolean mayHoldOthers(Set<Integer> trusted) {
      return found instanceof TrustCopy.Found.Ours ours
          && (ours.state() == TrustCopy.State.CHANGED || !trusted.containsAll(ours.trusts()));
    }
  }

  /** Whether it is ours, and nobody changed what is in it. */
  static boolean isWhole(TrustCopy.Found found) {
    return found instanceof TrustCopy.Found.Ours ours && ours.state() != TrustCopy.State.CHANGED;
  }

  /** One of ours at a place where none is wanted. */
  record Surplus(TrustPlace place, String uid) {}

  /**
   * All that is known of the copies of one RootCA.
   *
   * @param leaving those that are to be removed, or are being removed, and which generations they
   *     hold
   */
  public record Seen(
      List<Wanted> wanted,
      List<Surplus> surplus,
      List<String> skipped,
      List<String> unseen,
      Map<TrustPlace, Set<Integer>> leaving) {

    public static Seen nothing() {
      return new Seen(List.of(), List.of(), List.of(), List.of(), Map.of());
    }

    public Distribution distribution() {
      return new Distribution(
          wanted.stream().filter(Wanted::isDue).map(w -> w.target().place().toString()).toList(),
          surplus.stream().map(s -> s.place().toString()).toList());
    }

    /** In words, what is left out, but for what may hold a generation that is not trusted. */
    List<String> excused(CaGenerations generations) {
      Set<Integer> trusted = trusted(generations);
      return Stream.concat(
              wanted.stream()
                  .filter(w -> !w.mayHoldOthers(trusted))
                  .flatMap(w -> w.excused().map(why -> w.target().place() + " " + why).stream()),
              skipped.stream())
          .toList();
    }

    /**
     * In words, what is left out and may hold a generation that is not trusted any more.
     *
     * @param tell what is said of each
     */
    List<String> excusedNotRid(CaGenerations generations, String tell) {
      Set<Integer> trusted = trusted(generations);
      return wanted.stream()
          .filter(w -> w.mayHoldOthers(trusted))
          .flatMap(w -> w.excused().map(why -> w.target().place() + " " + tell + why).stream())
          .toList();
    }

    private static Set<Integer> trusted(CaGenerations generations) {
      return generations.trusted().stream().map(g -> g.number()).collect(Collectors.toSet());
    }

    /**
     * In words, those that may hold a generation that is not trusted any more, and can be written:
     * what was changed by others may hold anything.
     */
    List<String> notRid(CaGenerations generations) {
      Set<Integer> trusted = trusted(generations);
      Stream<TrustPlace> stale =
          wanted.stream()
              .filter(w -> w.excused().isEmpty() && !w.isCurrent())
              .filter(w -> w.mayHoldOthers(trusted))
              .map(w -> w.target().place());
      Stream<TrustPlace> surplusToo =
          leaving.entrySet().stream()
              .filter(entry -> !trusted.containsAll(entry.getValue()))
              .map(Map.Entry::getKey);
      return Stream.concat(stale, surplusToo).map(TrustPlace::toString).toList();
    }

    /** Those that are waited for. */
    List<Copy> copies(String namespace, CaGenerations generations) {
      Set<Integer> trusted = trusted(generations);
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
  public Seen observe(RootCA ca, TrustContent content) {
    Look look = new Look(ca, content, watches.namespaces());
    look.targets.keySet().forEach(place -> watches.get(place).ifPresent(look::add));
    watches.of(ca).stream().filter(o -> !look.isWanted(o)).forEach(look::add);
    return look.seen();
  }

  /**
   * From the API server. Each object is judged as it comes: whatever carries the labels, no more
   * than a page of them is in memory.
   */
  public Seen observeFresh(RootCA ca, TrustContent content) {
    if (ca.getSpec().trustBundles().isEmpty() && watches.of(ca).isEmpty()) {
      return Seen.nothing();
    }
    KubernetesClient client = shared.client();
    Optional<Collection<Namespace>> namespaces =
        watches
            .namespaces()
            .map(
                cached -> {
                  List<Namespace> all = new ArrayList<>();
                  Paging.forEach(client.namespaces()::list, all::add);
                  return all;
                });
    Look look = new Look(ca, content, namespaces);
    Map<String, String> labels =
        TrustCopy.labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    if (namespaces.isPresent()) {
      Paging.ofOthers(client.configMaps().inAnyNamespace().withLabels(labels)::list, look::add);
      Paging.ofOthers(client.secrets().inAnyNamespace().withLabels(labels)::list, look::add);
    } else {
      for (String namespace : watches.scope().namespaces()) {
        Paging.ofOthers(
            client.configMaps().inNamespace(namespace).withLabels(labels)::list, look::add);
        Paging.ofOthers(
            client.secrets().inNamespace(namespace).withLabels(labels)::list, look::add);
      }
    }
    watches
        .clusterApiVersion()
        .ifPresent(
            version ->
                Paging.forEach(
                    client
                            .genericKubernetesResources(version, ClusterTrustBundles.KIND)
                            .withLabels(labels)
                        ::list,
                    look::add));
    return look.seen();
  }

  /** Looks at one object after the other and keeps what it thinks of them. */
  private final class Look {
    private final RootCA ca;
    private final TrustContent content;
    private final Optional<Collection<Namespace>> namespaces;
    private final TrustTargets all;
    private final Map<TrustPlace, Target> targets = new LinkedHashMap<>();
    private final Map<TrustPlace, TrustCopy.Found> found = new HashMap<>();
    private final List<Surplus> surplus = new ArrayList<>();
    private final Map<TrustPlace, Set<Integer>> leaving = new LinkedHashMap<>();
    private final Instant now = shared.now();

    Look(RootCA ca, TrustContent content, Optional<Collection<Namespace>> namespaces) {
      this.ca = ca;
      this.content = content;
      this.namespaces = namespaces;
      all = TrustTargets.of(ca, namespaces, watches.clusterApi());
      // a ClusterTrustBundle cannot be empty: where nobody is trusted there is none
      all.targets().stream()
          .filter(
              target ->
                  !content.isEmpty() || target.place().kind() != TrustBundleKind.ClusterTrustBundle)
          .forEach(target -> targets.put(target.place(), target));
      attempts.expire(ca, now);
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
                  found.put(place, TrustCopy.judge(ca, target, content, object, shared.seal()));
                } else if (isSurplus(ca, object, namespaces)) {
                  TrustCopy.notes(object, shared.seal())
                      .ifPresent(notes -> leaving.put(place, notes.trusts()));
                  if (!attempts.isHeld(ca, place, now)) {
                    surplus.add(new Surplus(place, object.getMetadata().getUid()));
                  }
                }
              });
    }

    Seen seen() {
      String digest = TrustDistribution.digest(content);
      List<Wanted> wanted =
          targets.values().stream()
              .map(
                  target ->
                      new Wanted(
                          target,
                          found.getOrDefault(target.place(), new TrustCopy.Found.Absent()),
                          digest,
                          attempts.at(ca, target.place(), now)))
              .toList();
      return new Seen(wanted, List.copyOf(surplus), all.skipped(), all.unseen(), leaving);
    }
  }

  private boolean isSurplus(
      RootCA ca, HasMetadata object, Optional<Collection<Namespace>> namespaces) {
    TrustPlace place = TrustPlace.of(object).orElseThrow();
    boolean ours =
        TrustCopy.notes(object, shared.seal())
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
        && !object.isMarkedForDeletion()
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
}
