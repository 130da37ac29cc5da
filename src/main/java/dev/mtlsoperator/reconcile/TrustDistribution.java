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
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The further copies of trust bundles: what is there, what is missing, and the writes. What could
 * not be written a moment ago is not tried again at once, and does not keep the others.
 */
final class TrustDistribution {
  private static final Logger LOG = LoggerFactory.getLogger(TrustDistribution.class);

  /** Nobody tells when somebody else's object goes out of the way, or a policy changes. */
  private static final Duration REFUSED = Duration.ofSeconds(30);

  private static final Duration FAILED = Duration.ofSeconds(5);

  /** So many in a row: it is not the place that is to blame. */
  private static final int MOST_FAILURES = 3;

  private final TrustWatches watches;
  private final Surroundings surroundings;
  private final Map<Key, Attempt> attempts = new ConcurrentHashMap<>();

  TrustDistribution(TrustWatches watches, Surroundings surroundings) {
    this.watches = watches;
    this.surroundings = surroundings;
  }

  /** After an edit there is no reason to wait. */
  private record Key(String rootCAUid, long generation, TrustPlace place) {}

  /** What came of the last attempt to write to a place. */
  private record Attempt(Result result, String why, Instant until) {}

  private enum Result {
    /** Somebody says no: it is not waited for. */
    REFUSED,
    /** Nobody knows whether it will work the next time: it is waited for. */
    FAILED
  }

  /** A copy that is to be, and what lies there. */
  record Wanted(Target target, TrustCopy.Found found, Optional<Attempt> attempt) {
    private boolean isDue() {
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
              .filter(a -> a.result() == Result.REFUSED)
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
                  Paging.forEach(client().namespaces()::list, all::add);
                  return all;
                });
    Map<TrustPlace, HasMetadata> found = new HashMap<>();
    Map<String, String> labels =
        TrustCopy.labels(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    if (namespaces.isPresent()) {
      Paging.forEach(
          client().configMaps().inAnyNamespace().withLabels(labels)::list, o -> put(found, o));
      Paging.forEach(
          client().secrets().inAnyNamespace().withLabels(labels)::list, o -> put(found, o));
    } else {
      for (String namespace : watches.scope().namespaces()) {
        Paging.forEach(
            client().configMaps().inNamespace(namespace).withLabels(labels)::list,
            o -> put(found, o));
        Paging.forEach(
            client().secrets().inNamespace(namespace).withLabels(labels)::list, o -> put(found, o));
      }
    }
    watches
        .clusterApiVersion()
        .ifPresent(
            version ->
                Paging.forEach(
                    client()
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
              attempt(ca, target.place(), now)));
    }
    Set<TrustPlace> taken = places.stream().map(Target::place).collect(Collectors.toSet());
    List<HasMetadata> surplus =
        labelled.stream()
            .filter(o -> TrustPlace.of(o).filter(place -> !taken.contains(place)).isPresent())
            .filter(o -> isSurplus(ca, o, namespaces))
            .filter(o -> attempt(ca, TrustPlace.of(o).orElseThrow(), now).isEmpty())
            .toList();
    return new Seen(wanted, surplus, targets.skipped(), targets.unseen());
  }

  private Optional<Attempt> attempt(RootCA ca, TrustPlace place, Instant now) {
    return Optional.ofNullable(attempts.get(key(ca, place)))
        .filter(attempt -> now.isBefore(attempt.until()));
  }

  // a finalizer of somebody else's may hold it for ever
  private static boolean isGoing(HasMetadata object) {
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

  /** When a place that could not be written to is tried again; empty: there is none. */
  Optional<Instant> nextTry(RootCA ca) {
    Instant now = surroundings.now();
    attempts.values().removeIf(attempt -> attempt.until().plus(REFUSED).isBefore(now));
    return attempts.entrySet().stream()
        .filter(entry -> entry.getKey().equals(key(ca, entry.getKey().place())))
        .map(entry -> entry.getValue().until())
        .min(Instant::compareTo);
  }

  /** Writes what is due, one place after the other. */
  void write(RootCA ca, TrustContent content, Seen seen, Instant now) {
    int failures = 0;
    for (Wanted wanted : seen.wanted()) {
      if (!wanted.isDue()) {
        continue;
      }
      TrustPlace place = wanted.target().place();
      try {
        boolean written = write(ca, content, wanted, now);
        if (written) {
          remember(ca, wanted, now);
          log(ca, "trust bundle written", place);
        }
        failures = 0;
      } catch (KubernetesClientException e) {
        Optional<String> refusal = refusal(e);
        failures = refusal.isPresent() ? 0 : failures + 1;
        if (failures == MOST_FAILURES) {
          throw e;
        }
        attempts.put(
            key(ca, place),
            refusal
                .map(why -> new Attempt(Result.REFUSED, why, now.plus(REFUSED)))
                .orElseGet(
                    () -> new Attempt(Result.FAILED, "HTTP " + e.getCode(), now.plus(FAILED))));
        LOG.atWarn()
            .addKeyValue("namespace", ca.getMetadata().getNamespace())
            .addKeyValue("name", ca.getMetadata().getName())
            .addKeyValue("code", e.getCode())
            .log("{} could not be written", place);
      }
    }
  }

  // who writes into a copy in a namespace of his own shall not keep the CA busy with its repair
  private void remember(RootCA ca, Wanted repaired, Instant now) {
    TrustPlace place = repaired.target().place();
    if (!place.isIn(ca.getMetadata().getNamespace())
        && repaired.found() instanceof TrustCopy.Found.Ours ours
        && ours.trusts().isEmpty()) {
      attempts.put(
          key(ca, place),
          new Attempt(
              Result.REFUSED,
              "somebody else changes it; it was repaired a moment ago",
              now.plus(REFUSED)));
    } else {
      attempts.remove(key(ca, place));
    }
  }

  private static Optional<String> refusal(KubernetesClientException e) {
    return ApiErrors.isNamespaceGoing(e) || ApiErrors.isNotFound(e)
        ? Optional.of("its namespace is being deleted")
        : ApiErrors.refusal(e);
  }

  private boolean write(RootCA ca, TrustContent content, Wanted wanted, Instant now) {
    Target target = wanted.target();
    if (wanted.found() instanceof TrustCopy.Found.Absent) {
      try {
        create(TrustCopy.create(ca, target, content, surroundings.seal()));
        return true;
      } catch (KubernetesClientException e) {
        if (!ApiErrors.isConflict(e)) {
          throw e;
        }
        // something is there: whose, the next lines tell
      }
    }
    Optional<HasMetadata> live = live(target.place());
    TrustCopy.Found found =
        TrustCopy.judge(ca, target, content, live.orElse(null), surroundings.seal());
    if (found instanceof TrustCopy.Found.Foreign) {
      attempts.put(
          key(ca, target.place()),
          new Attempt(
              Result.REFUSED,
              "what lies there is not this RootCA's and is left alone; delete or rename it",
              now.plus(REFUSED)));
      return false;
    }
    if (found instanceof TrustCopy.Found.Absent
        || (found instanceof TrustCopy.Found.Ours ours
            && ours.state() == TrustCopy.State.CURRENT)) {
      // the cache is behind
      attempts.put(
          key(ca, target.place()),
          new Attempt(Result.FAILED, "the cache is behind", now.plusSeconds(1)));
      return false;
    }
    HasMetadata ours = live.orElseThrow();
    if (isGoing(ours)) {
      attempts.put(
          key(ca, target.place()),
          new Attempt(Result.REFUSED, "it is being deleted", now.plus(REFUSED)));
      return false;
    }
    if (TrustCopy.mustBeMadeAnew(target, ours)) {
      delete(ours);
      if (live(target.place()).isPresent()) {
        attempts.put(
            key(ca, target.place()),
            new Attempt(
                Result.REFUSED,
                "it has to be made anew, and a finalizer keeps it from being deleted",
                now.plus(REFUSED)));
        return false;
      }
      create(TrustCopy.create(ca, target, content, surroundings.seal()));
    } else {
      update(TrustCopy.replace(ca, target, content, ours, now, surroundings.seal()));
    }
    return true;
  }

  /** Removes what is too much, after a look at what is there now. */
  void recall(RootCA ca, Seen seen, Instant now) {
    for (HasMetadata object : seen.surplus()) {
      TrustPlace place = TrustPlace.of(object).orElseThrow();
      try {
        live(place)
            .filter(
                live ->
                    live.getMetadata().getUid().equals(object.getMetadata().getUid())
                        && !isGoing(live)
                        && TrustCopy.notes(live, surroundings.seal()).isPresent())
            .ifPresent(
                live -> {
                  delete(live);
                  log(ca, "trust bundle removed", place);
                });
        // the cache may show it for a moment longer
        attempts.put(
            key(ca, place), new Attempt(Result.FAILED, "it was removed", now.plusSeconds(1)));
      } catch (KubernetesClientException e) {
        // what is too much keeps nobody else
        attempts.put(
            key(ca, place), new Attempt(Result.FAILED, "HTTP " + e.getCode(), now.plus(FAILED)));
        LOG.atWarn()
            .addKeyValue("namespace", ca.getMetadata().getNamespace())
            .addKeyValue("name", ca.getMetadata().getName())
            .addKeyValue("code", e.getCode())
            .log("{} could not be removed", place);
      }
    }
  }

  /** Removes one that belongs to a RootCA that is no more. */
  void sweep(HasMetadata object) {
    TrustPlace place = TrustPlace.of(object).orElseThrow();
    Optional<TrustCopy.Notes> before = TrustCopy.notes(object, surroundings.seal());
    live(place)
        .filter(live -> !isGoing(live))
        .filter(live -> TrustCopy.notes(live, surroundings.seal()).equals(before))
        .ifPresent(
            live -> {
              delete(live);
              LOG.atInfo()
                  .addKeyValue("namespace", before.map(TrustCopy.Notes::namespace).orElse(""))
                  .addKeyValue("name", before.map(TrustCopy.Notes::rootCA).orElse(""))
                  .log("trust bundle of a RootCA that was deleted removed: {}", place);
            });
  }

  private Optional<HasMetadata> live(TrustPlace place) {
    return Optional.ofNullable(
        switch (place.kind()) {
          case ConfigMap ->
              client().configMaps().inNamespace(place.namespace()).withName(place.name()).get();
          case Secret ->
              client().secrets().inNamespace(place.namespace()).withName(place.name()).get();
          case ClusterTrustBundle ->
              client()
                  .genericKubernetesResources(
                      watches.clusterApiVersion().orElseThrow(), ClusterTrustBundles.KIND)
                  .withName(place.name())
                  .get();
        });
  }

  private void create(HasMetadata object) {
    versioned(object);
    watches.write(object, o -> client().resource(o).create());
  }

  private void update(HasMetadata object) {
    versioned(object);
    watches.write(object, o -> client().resource(o).update());
  }

  private void versioned(HasMetadata object) {
    if (object instanceof GenericKubernetesResource generic) {
      generic.setApiVersion(watches.clusterApiVersion().orElseThrow());
    }
  }

  // that very object, as it was judged
  private void delete(HasMetadata live) {
    try {
      client().resource(live).lockResourceVersion(live.getMetadata().getResourceVersion()).delete();
    } catch (KubernetesClientException e) {
      // somebody else was faster: the next look tells
      if (!ApiErrors.isConflict(e) && !ApiErrors.isNotFound(e)) {
        throw e;
      }
    }
  }

  private static String inTheWay(TrustPlace place) {
    return place + " is not this RootCA's and is left alone: delete or rename it";
  }

  private static Key key(RootCA ca, TrustPlace place) {
    return new Key(ca.getMetadata().getUid(), ca.getMetadata().getGeneration(), place);
  }

  private KubernetesClient client() {
    return surroundings.client();
  }

  private static void log(RootCA ca, String what, TrustPlace place) {
    LOG.atInfo()
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .log("{}: {}", what, place);
  }
}
