package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ServedNamespaces;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.trust.DistributionTracker;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts which generations the leaves of a CA hold, from the caches or from the API server.
 *
 * <p>A live count lists the leaves and Secrets only in the namespaces that the CA serves. Leaves of
 * other namespaces may still hold its certificates, because they were admitted before or refer to
 * another CA now: the caches' indexes name these, and each is read by itself.
 */
final class LeafCensus {
  /** How many leaves may fail to be counted before the counting itself is considered faulty. */
  private static final int MOST_UNREADABLE = 16;

  private static final String[] LEAF_KINDS = {"ServerCert", "ClientCert"};

  private final List<? extends LeafIndex> kinds;
  private final CaCaches caches;
  private final Admission admission;
  private final ReconcileContext shared;
  private final Set<String> unreadable = new HashSet<>();

  LeafCensus(
      List<? extends LeafIndex> kinds,
      CaCaches caches,
      Admission admission,
      ReconcileContext shared) {
    this.kinds = kinds;
    this.caches = caches;
    this.admission = admission;
    this.shared = shared;
  }

  /** A leaf as cached, and the Secret under its Secret's name (redacted; null: none). */
  private record CachedLeaf(LeafCert<?> leaf, @Nullable Secret secret) {}

  /** Lists the leaves that refer to a CA, from the API server. */
  CaSearch.Listed list(RootCA ca) {
    CAName own = CAName.of(ca);
    ServedNamespaces namespaces = caches.served(ca);
    List<LeafCert<?>> all = new ArrayList<>();
    Consumer<LeafCert<?>> mine =
        leaf -> {
          if (leaf.referredCAs().contains(own)) {
            all.add(PrimaryFilters.slim(leaf));
          }
        };
    list(shared.client().resources(ServerCert.class), namespaces, mine);
    list(shared.client().resources(ClientCert.class), namespaces, mine);
    return new CaSearch.Listed(namespaces, all);
  }

  /** The leaves that refer to a CA, from the caches. */
  CaSearch.Listed cached(RootCA ca) {
    return new CaSearch.Listed(
        ServedNamespaces.of(Set.of()),
        referring(ca).stream().<LeafCert<?>>map(CachedLeaf::leaf).toList());
  }

  private static <T extends HasMetadata, L extends KubernetesResourceList<T>, R extends Resource<T>>
      void list(
          MixedOperation<T, L, R> resources,
          ServedNamespaces namespaces,
          Consumer<? super T> each) {
    namespaces
        .names()
        .ifPresentOrElse(
            some ->
                some.forEach(
                    namespace -> Paging.ofResources(resources.inNamespace(namespace)::list, each)),
            () -> Paging.ofResources(resources.inAnyNamespace()::list, each));
  }

  /** Counts from the caches, or from the API server if the search asked that for leaves. */
  DistributionTracker count(
      RootCA ca, CaSearch.Found found, CaGenerations generations, DistributionTracker tracker) {
    switch (found.evidence()) {
      case FRESH -> countLive(ca, found, generations, tracker);
      case CACHED, LEAVES_CACHED ->
          Stream.concat(referring(ca).stream(), former(ca, generations).stream())
              .forEach(cached -> count(ca, tracker, cached.leaf(), cached.secret()));
    }
    return tracker;
  }

  private void countLive(
      RootCA ca, CaSearch.Found found, CaGenerations generations, DistributionTracker tracker) {
    countListed(ca, found, generations, tracker);
    ServedNamespaces listed = found.leaves().namespaces();
    referring(ca).stream()
        .filter(cached -> !listed.include(cached.leaf().getMetadata().getNamespace()))
        .filter(cached -> mayHold(cached, CAName.of(ca), generations))
        .forEach(cached -> countUnlisted(ca, listed, tracker, cached.leaf()));
    former(ca, generations).forEach(cached -> countUnlisted(ca, listed, tracker, cached.leaf()));
  }

  private void countListed(
      RootCA ca, CaSearch.Found found, CaGenerations generations, DistributionTracker tracker) {
    List<LeafCert<?>> leaves = found.leaves().leaves();
    Map<String, List<LeafCert<?>>> bySecret = new HashMap<>();
    leaves.forEach(
        leaf ->
            bySecret
                .computeIfAbsent(
                    secretKey(leaf, leaf.effectiveSecretName()), key -> new ArrayList<>())
                .add(leaf));
    // without any generation there is nothing to count
    if (!found.generations().secrets().isEmpty() && !bySecret.isEmpty()) {
      listSecrets(
          leaves,
          secret ->
              Optional.ofNullable(
                      bySecret.remove(secretKey(secret, secret.getMetadata().getName())))
                  .orElse(List.of())
                  .forEach(leaf -> count(ca, tracker, leaf, RedactedSecret.of(secret))));
    }
    bySecret.values().stream()
        .flatMap(List::stream)
        .forEach(leaf -> count(ca, tracker, leaf, unlabelled(ca, leaf, generations)));
  }

  // Secrets are read only in namespaces where leaves refer to the CA. Each page is counted as it
  // arrives, so that memory holds one page at a time
  private void listSecrets(List<LeafCert<?>> leaves, Consumer<? super Secret> each) {
    var secrets = shared.client().secrets();
    Set<String> namespaces =
        leaves.stream()
            .map(leaf -> leaf.getMetadata().getNamespace())
            .collect(Collectors.toCollection(TreeSet::new));
    if (namespaces.size() > CaCaches.MOST_LISTS && shared.scope().isAll()) {
      Paging.ofOthers(
          secrets.inAnyNamespace().withLabelIn(Keys.KIND_LABEL, LEAF_KINDS)::list, each);
    } else {
      namespaces.forEach(
          namespace ->
              Paging.ofOthers(
                  secrets.inNamespace(namespace).withLabelIn(Keys.KIND_LABEL, LEAF_KINDS)::list,
                  each));
    }
  }

  // the cache may be stale: leaves that refer to the CA now are counted already where leaves were
  // listed
  private void countUnlisted(
      RootCA ca, ServedNamespaces listed, DistributionTracker tracker, LeafCert<?> cached) {
    LeafCert<?> leaf = shared.client().<LeafCert<?>>resource(cached).get();
    if (leaf == null
        || (leaf.referredCAs().contains(CAName.of(ca))
            && listed.include(leaf.getMetadata().getNamespace()))) {
      return;
    }
    Optional.ofNullable(secret(leaf))
        .ifPresent(found -> count(ca, tracker, leaf, RedactedSecret.of(found)));
  }

  // any tenant can refer to a CA that does not admit it: a leaf is read only if it was given
  // something of the CA, or if the cache cannot tell
  private boolean mayHold(CachedLeaf cached, CAName ca, CaGenerations generations) {
    Secret secret = cached.secret();
    if (secret == null) {
      // it may have lost its label
      return isReported(cached.leaf());
    }
    try {
      return LeafSecret.judge(cached.leaf(), secret, shared.seal())
              instanceof SecretState.Managed ours
          && (RedactedSecret.hidesCertificates(secret)
              || ours.wasGiven(ca, generations)
              || (!generations.distrusted().isEmpty() && ours.sources().cas().contains(ca))
              || ours.certificate()
                  .flatMap(c -> generations.issuer(c, ours.caGeneration()))
                  .isPresent());
    } catch (RuntimeException | StackOverflowError e) {
      // counting fails likewise, and reports it
      return true;
    }
  }

  private List<CachedLeaf> referring(RootCA ca) {
    List<CachedLeaf> all = new ArrayList<>();
    kinds.forEach(
        kind ->
            kind.leaves(
                ca.getMetadata().getNamespace(),
                ca.getMetadata().getName(),
                (leaf, secret) -> all.add(new CachedLeaf(leaf, secret))));
    return all;
  }

  private List<CachedLeaf> former(RootCA ca, CaGenerations generations) {
    List<CachedLeaf> all = new ArrayList<>();
    kinds.forEach(
        kind ->
            kind.former(
                CAName.of(ca),
                generations,
                (leaf, secret) -> all.add(new CachedLeaf(leaf, secret))));
    return all;
  }

  private void count(
      RootCA ca, DistributionTracker tracker, LeafCert<?> leaf, @Nullable Secret secret) {
    guarded(ca, tracker, leaf, () -> tracker.add(leaf, secret, this::secret));
  }

  // an unreadable Secret is a fact about its leaf, and does not prevent others from being counted
  private void guarded(
      RootCA ca, DistributionTracker tracker, LeafCert<?> leaf, Runnable counting) {
    try {
      counting.run();
    } catch (KubernetesClientException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      if (unreadable.add(leaf.getMetadata().getUid()) && unreadable.size() > MOST_UNREADABLE) {
        throw e;
      }
      shared.exceptions().met(UnexpectedExceptions.Part.ROOTCA, leaf, e);
      if (admission.admits(ca, leaf.getMetadata().getNamespace())) {
        tracker.leaveOut(
            leaf.getKind()
                + " '"
                + leaf.getMetadata().getNamespace()
                + "/"
                + leaf.getMetadata().getName()
                + "' has a Secret that cannot be read");
      }
    }
  }

  private @Nullable Secret secret(LeafCert<?> leaf) {
    return shared
        .client()
        .secrets()
        .inNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.effectiveSecretName())
        .get();
  }

  private static boolean isReported(LeafCert<?> leaf) {
    return leaf.getStatus() != null && leaf.getStatus().secretDigest() != null;
  }

  // one that lost its label; not of revoked leaves: no rotation waits for them, and each is a read
  private @Nullable Secret unlabelled(RootCA ca, LeafCert<?> leaf, CaGenerations generations) {
    boolean deleted =
        leaf.getSpec().revoked() != null
            && ca.getSpec().revocation() != null
            && leaf.signingCA().equals(CAName.of(ca))
            && generations.distrusted().isEmpty();
    return isReported(leaf) && !deleted ? secret(leaf) : null;
  }

  private static String secretKey(HasMetadata inNamespace, String name) {
    return inNamespace.getMetadata().getNamespace() + "/" + name;
  }
}
