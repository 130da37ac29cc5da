package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.trust.DistributionTracker;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretList;
import io.fabric8.kubernetes.client.KubernetesClient;
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
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks on the API server for all that may be of a CA: its generations, its bundle, its leaves and
 * their Secrets. What a cache lacks is no evidence.
 */
final class CaSearch {
  /**
   * Secrets of others under the names of coming generations that are passed over before giving up.
   */
  private static final int MOST_UNKNOWN = 100;

  /** Of Secrets without a seal. */
  private static final int MOST_TOLD = 4;

  /** Above that one list of all namespaces is cheaper; only where all are watched. */
  private static final int MOST_LISTS = 16;

  /** Leaves that cannot be counted, before the fault is taken for one of the counting. */
  private static final int MOST_UNREADABLE = 16;

  private final CaWatches watches;
  private final ReconcileContext shared;
  private final Set<String> unreadable = new HashSet<>();

  CaSearch(CaWatches watches, ReconcileContext shared) {
    this.watches = watches;
    this.shared = shared;
  }

  /**
   * What lies there, before it is judged.
   *
   * @param secrets under the names of generations
   * @param traces in words, what shows that a CA was here before
   * @param census counts the leaves and their Secrets
   */
  record Found(
      List<Secret> secrets,
      Optional<ConfigMap> bundle,
      List<String> traces,
      int highestOfLeaves,
      Evidence evidence,
      Consumer<DistributionTracker> census) {}

  /** What is there now. */
  Found live(RootCA ca) {
    KubernetesClient client = shared.client();
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    Optional<ConfigMap> bundle =
        Optional.ofNullable(
            client.configMaps().inNamespace(namespace).withName(TrustConfigMap.name(name)).get());
    CAName own = new CAName(namespace, name);
    List<LeafCert<?>> all = new ArrayList<>();
    Consumer<LeafCert<?>> mine =
        leaf -> {
          if (leaf.referredCAs().contains(own)) {
            all.add(PrimaryFilters.slim(leaf));
          }
        };
    inAllNamespaces(client.resources(ServerCert.class), mine);
    inAllNamespaces(client.resources(ClientCert.class), mine);
    List<LeafCert<?>> signed =
        all.stream()
            .filter(leaf -> leaf.signingCA().equals(own) && caGeneration(leaf) > 0)
            .filter(leaf -> watches.admission().admits(ca, leaf.getMetadata().getNamespace()))
            .toList();
    int highestOfLeaves = signed.stream().mapToInt(CaSearch::caGeneration).max().orElse(0);
    List<Secret> generations = generations(ca, highestOfLeaves);
    Map<String, List<LeafCert<?>>> bySecret = new HashMap<>();
    all.forEach(
        leaf ->
            bySecret
                .computeIfAbsent(
                    secretKey(leaf, leaf.effectiveSecretName()), key -> new ArrayList<>())
                .add(leaf));
    return new Found(
        generations,
        bundle,
        Stream.concat(traces(ca, bundle, signed).stream(), unsealed(ca, generations).stream())
            .toList(),
        highestOfLeaves,
        Evidence.FRESH,
        counting -> {
          // without any generation nobody asks who holds what
          if (!generations.isEmpty() && !bySecret.isEmpty()) {
            inTheirNamespaces(
                all,
                client.secrets(),
                secret ->
                    Optional.ofNullable(
                            bySecret.remove(secretKey(secret, secret.getMetadata().getName())))
                        .ifPresent(
                            leaves ->
                                leaves.forEach(
                                    leaf -> add(ca, counting, leaf, RedactedSecret.of(secret)))));
          }
          // what lost its label is not gone
          bySecret.values().stream()
              .flatMap(List::stream)
              .forEach(leaf -> add(ca, counting, leaf, isReported(leaf) ? secret(leaf) : null));
        });
  }

  /** A leaf that a cache takes for one that refers to others now, and its Secret. */
  void former(LeafCert<?> cached, CAName ca, BiConsumer<LeafCert<?>, Secret> each) {
    LeafCert<?> leaf = shared.client().<LeafCert<?>>resource(cached).get();
    if (leaf != null && !leaf.referredCAs().contains(ca)) {
      Optional.ofNullable(secret(leaf))
          .ifPresent(found -> each.accept(leaf, RedactedSecret.of(found)));
    }
  }

  /**
   * Counts a leaf and its Secret (null: none). What cannot be read of one leaf is a fact about that
   * leaf, and keeps nobody from counting the others.
   */
  void add(RootCA ca, DistributionTracker counting, LeafCert<?> leaf, @Nullable Secret secret) {
    try {
      counting.add(leaf, secret, this::secret);
    } catch (KubernetesClientException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      if (unreadable.add(leaf.getMetadata().getUid()) && unreadable.size() > MOST_UNREADABLE) {
        throw e;
      }
      shared.exceptions().met(UnexpectedExceptions.Part.ROOTCA, leaf, e);
      if (watches.admission().admits(ca, leaf.getMetadata().getNamespace())) {
        counting.leaveOut(
            leaf.getKind()
                + " '"
                + leaf.getMetadata().getNamespace()
                + "/"
                + leaf.getMetadata().getName()
                + "' has a Secret that cannot be read");
      }
    }
  }

  private static String secretKey(HasMetadata inNamespace, String name) {
    return inNamespace.getMetadata().getNamespace() + "/" + name;
  }

  private <T extends HasMetadata, L extends KubernetesResourceList<T>, R extends Resource<T>>
      void inAllNamespaces(MixedOperation<T, L, R> resources, Consumer<? super T> each) {
    if (shared.scope().isAll()) {
      Paging.ofResources(resources.inAnyNamespace()::list, each);
    } else {
      shared
          .scope()
          .namespaces()
          .forEach(namespace -> Paging.ofResources(resources.inNamespace(namespace)::list, each));
    }
  }

  // most CAs are known in one namespace only: nobody else's Secrets are read for them
  private void inTheirNamespaces(
      List<LeafCert<?>> leaves,
      MixedOperation<Secret, SecretList, Resource<Secret>> secrets,
      Consumer<? super Secret> each) {
    Set<String> namespaces =
        leaves.stream()
            .map(leaf -> leaf.getMetadata().getNamespace())
            .collect(Collectors.toCollection(TreeSet::new));
    if (namespaces.size() > MOST_LISTS && shared.scope().isAll()) {
      Paging.ofOthers(
          secrets.inAnyNamespace().withLabelIn(Keys.KIND_LABEL, "ServerCert", "ClientCert")::list,
          each);
    } else {
      namespaces.forEach(
          namespace ->
              Paging.ofOthers(
                  secrets
                          .inNamespace(namespace)
                          .withLabelIn(Keys.KIND_LABEL, "ServerCert", "ClientCert")
                      ::list,
                  each));
    }
  }

  private static boolean isReported(LeafCert<?> leaf) {
    return leaf.getStatus() != null && leaf.getStatus().secretDigest() != null;
  }

  private @Nullable Secret secret(LeafCert<?> leaf) {
    return shared
        .client()
        .secrets()
        .inNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.effectiveSecretName())
        .get();
  }

  // 0: none yet
  private static int caGeneration(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    int told = status == null || status.caGeneration() == null ? 0 : status.caGeneration();
    return told <= GenerationSecrets.HIGHEST_UNPROVEN ? told : 0;
  }

  // of what is neither ours nor vouched for, only that its name is taken counts
  private Secret whatCounts(RootCA ca, Secret found) {
    boolean counts =
        Adoption.isVouchedFor(ca, found)
            || GenerationSecret.isSealed(
                ca.getMetadata().getNamespace(), ca.getMetadata().getName(), found, shared.seal());
    return counts ? found : RedactedSecret.ofOthers(found);
  }

  // what somebody labelled as a generation of this CA, and is none by its seal: it may come from a
  // backup without the seal's key, so that it is a trace. Read only when there is nothing else
  private List<String> unsealed(RootCA ca, List<Secret> found) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    List<Secret> traces =
        found.stream()
            .filter(secret -> Keys.TYPE_CA.equals(secret.getType()))
            .filter(
                secret ->
                    SecretData.label(secret, Keys.ROOT_CA_LABEL).filter(name::equals).isPresent())
            .toList();
    boolean anySealed = !GenerationSecrets.sealed(found, namespace, name, shared.seal()).isEmpty();
    if (traces.isEmpty() || anySealed) {
      return List.of();
    }
    List<String> inWords = new ArrayList<>();
    traces.stream().limit(MOST_TOLD).map(this::inWords).forEach(inWords::add);
    if (traces.size() > MOST_TOLD) {
      inWords.add((traces.size() - MOST_TOLD) + " more Secrets like that");
    }
    return inWords;
  }

  private String inWords(Secret trace) {
    String name = trace.getMetadata().getName();
    Optional<Secret> whole =
        Optional.ofNullable(
            shared
                .client()
                .secrets()
                .inNamespace(trace.getMetadata().getNamespace())
                .withName(name)
                .get());
    return whole
        .flatMap(secret -> SecretData.certificates(secret, Keys.TLS_CRT).stream().findFirst())
        .map(
            certificate ->
                "Secret '"
                    + name
                    + "' without a seal of this operator, to be adopted with "
                    + Fingerprint.of(certificate))
        .orElseGet(
            () -> "Secret '" + name + "' without a seal of this operator, and without certificate");
  }

  // by name and not only by label: a restored Secret may have lost its labels; never all Secrets of
  // a namespace
  private List<Secret> generations(RootCA ca, int highestOfLeaves) {
    String name = ca.getMetadata().getName();
    var secrets = shared.client().secrets().inNamespace(ca.getMetadata().getNamespace());
    Map<Integer, Secret> all = new TreeMap<>();
    Paging.ofOthers(
        secrets.withLabel(Keys.ROOT_CA_LABEL, name)::list,
        labelled ->
            GenerationSecret.number(name, labelled.getMetadata().getName())
                .ifPresent(number -> all.put(number, whatCounts(ca, labelled))));
    int highest =
        Math.max(
            GenerationSecrets.highest(
                ca,
                all.values(),
                GenerationSecrets.sealed(
                    all.values(), ca.getMetadata().getNamespace(), name, shared.seal())),
            highestOfLeaves);
    // a number that somebody thought of says nothing of how many there are
    Set<Integer> asked = new TreeSet<>(GenerationSecrets.ofStatus(ca));
    if (highestOfLeaves > 0) {
      asked.add(highestOfLeaves);
    }
    IntStream.rangeClosed(1, Math.min(highest, MOST_UNKNOWN)).forEach(asked::add);
    asked.removeAll(all.keySet());
    for (int n : asked) {
      Optional.ofNullable(secrets.withName(GenerationSecret.name(name, n)).get())
          .ifPresent(found -> all.put(n, whatCounts(ca, found)));
    }
    for (int n = highest + 1; n <= highest + MOST_UNKNOWN && !all.containsKey(n); n++) {
      Secret found = secrets.withName(GenerationSecret.name(name, n)).get();
      if (found == null) {
        break;
      }
      all.put(n, whatCounts(ca, found));
    }
    return List.copyOf(all.values());
  }

  private static List<String> traces(
      RootCA ca, Optional<ConfigMap> bundle, List<LeafCert<?>> leaves) {
    List<String> traces = new ArrayList<>();
    bundle
        .filter(map -> TrustConfigMap.claimsToBeOurs(ca, map))
        .ifPresent(map -> traces.add("ConfigMap '" + map.getMetadata().getName() + "'"));
    if (ca.getStatus() != null && !ca.getStatus().generations().isEmpty()) {
      traces.add("status.generations");
    }
    if (!leaves.isEmpty()) {
      traces.add(leaves.size() + " certificates that it signed");
    }
    return traces;
  }
}
