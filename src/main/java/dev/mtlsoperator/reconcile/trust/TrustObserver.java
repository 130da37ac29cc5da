package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Observes the further copies of trust bundles: where they belong, which exist, and which are
 * surplus.
 */
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
   * A copy that is wanted, and what exists at its place. A foreign object is due like a missing
   * one: the cache keeps too little of it to tell, and the read before the write decides.
   *
   * @param content digest of the certificates that it should hold
   * @param heldByOthers the generations that other objects of its bundle hold in its stead
   */
  record Wanted(
      Target target,
      TrustCopy.Found found,
      String content,
      Set<Integer> heldByOthers,
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
                // new content from the operator is written to it as to any other copy
                case DISTURBED -> !isWhole(found) || a.content().equals(content);
              });
    }

    // the reported reason
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

    private Copy copy(String namespace, Set<Integer> trusted) {
      TrustPlace place = target.place();
      Set<Integer> held =
          found instanceof TrustCopy.Found.Ours ours ? ours.trusts() : Set.<Integer>of();
      Set<Integer> trusts = new HashSet<>(heldByOthers);
      trusts.addAll(held);
      return new Copy(
          place.toString(),
          trusts,
          // changes in another namespace do not delay the CA
          place.isIn(namespace) && found instanceof TrustCopy.Found.Ours ours
              ? ours.trustSince().flatMap(Timestamps::parse)
              : Optional.empty(),
          !trusted.containsAll(held),
          OptionalInt.empty(),
          Optional.empty());
    }

    // a copy that others changed may hold anything
    private boolean mayHoldOthers(Set<Integer> trusted) {
      return found instanceof TrustCopy.Found.Ours ours
          && (ours.state() == TrustCopy.State.CHANGED || !trusted.containsAll(ours.trusts()));
    }
  }

  /** Whether it is ours, and its content is as written. */
  static boolean isWhole(TrustCopy.Found found) {
    return found instanceof TrustCopy.Found.Ours ours && ours.state() != TrustCopy.State.CHANGED;
  }

  /** A copy of ours at a place where none is wanted. */
  record Surplus(TrustPlace place, String uid) {}

  /**
   * All that is known about the copies of one RootCA.
   *
   * @param leaving those that are to be removed, or are being removed, and the generations that
   *     they hold
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

    /**
     * In words, the copies that are left out, except those that may hold a generation that is no
     * longer trusted.
     */
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
     * In words, the copies that are left out and may hold a generation that is no longer trusted.
     *
     * @param tell the text that is reported for each
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
     * In words, the writable copies that may hold a generation that is no longer trusted: a copy
     * that others changed may hold anything.
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

    /** The copies that the rotation waits for. */
    List<Copy> copies(String namespace, CaGenerations generations) {
      Set<Integer> trusted = trusted(generations);
      return wanted.stream()
          .filter(w -> w.excused().isEmpty())
          .map(w -> w.copy(namespace, trusted))
          .toList();
    }
  }

  /** Observes from the caches. */
  public Seen observe(RootCA ca, TrustContent content) {
    List<HasMetadata> known = watches.of(ca);
    CopiesLook look = look(ca, content, known, watches.namespaces());
    look.places().forEach(place -> watches.get(place).ifPresent(look::add));
    known.stream().filter(o -> !look.isWanted(o)).forEach(look::add);
    return look.seen();
  }

  private CopiesLook look(
      RootCA ca,
      TrustContent content,
      List<HasMetadata> known,
      Optional<Collection<Namespace>> namespaces) {
    attempts.expire(ca, shared.now());
    watches.splitNames().note(ca, content);
    Set<TrustPlace> existing =
        known.stream()
            .flatMap(copy -> TrustPlace.of(copy).stream())
            .collect(Collectors.toUnmodifiableSet());
    return CopiesLook.at(
        ca,
        content,
        namespaces,
        TrustTargets.of(ca, content, existing, namespaces, watches.clusterApi()),
        attempts,
        shared.seal(),
        shared.now());
  }

  /**
   * Observes from the API server. Each object is judged as it arrives, so that memory holds at most
   * one page of them, whatever carries the labels. Other namespaces are listed only if a trust
   * bundle is meant for them, or a copy of this CA is known to exist there.
   */
  public Seen observeFresh(RootCA ca, TrustContent content) {
    List<HasMetadata> known = watches.of(ca);
    if (ca.getSpec().trustBundles().isEmpty() && known.isEmpty()) {
      return Seen.nothing();
    }
    CopiesLook look = look(ca, content, known, watches.namespaces().map(cached -> namespaces()));
    Map<String, String> labels =
        TrustCopy.labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    if (isAtHome(ca, known)) {
      list(ca.getMetadata().getNamespace(), labels, look);
    } else if (watches.scope().isAll()) {
      KubernetesClient client = shared.client();
      Paging.ofOthers(client.configMaps().inAnyNamespace().withLabels(labels)::list, look::add);
      Paging.ofOthers(client.secrets().inAnyNamespace().withLabels(labels)::list, look::add);
    } else {
      watches.scope().namespaces().forEach(namespace -> list(namespace, labels, look));
    }
    watches.clusterApiVersion().ifPresent(version -> listOfCluster(version, labels, look));
    return look.seen();
  }

  private static boolean isAtHome(RootCA ca, List<HasMetadata> known) {
    String own = ca.getMetadata().getNamespace();
    return !TrustWatches.isReachingOut(ca)
        && known.stream().allMatch(copy -> own.equals(copy.getMetadata().getNamespace()));
  }

  private Collection<Namespace> namespaces() {
    List<Namespace> all = new ArrayList<>();
    Paging.forEach(shared.client().namespaces()::list, all::add);
    return all;
  }

  private void list(String namespace, Map<String, String> labels, CopiesLook look) {
    KubernetesClient client = shared.client();
    Paging.ofOthers(client.configMaps().inNamespace(namespace).withLabels(labels)::list, look::add);
    Paging.ofOthers(client.secrets().inNamespace(namespace).withLabels(labels)::list, look::add);
  }

  private void listOfCluster(String version, Map<String, String> labels, CopiesLook look) {
    Paging.forEach(
        shared
                .client()
                .genericKubernetesResources(version, ClusterTrustBundles.KIND)
                .withLabels(labels)
            ::list,
        look::add);
  }
}
