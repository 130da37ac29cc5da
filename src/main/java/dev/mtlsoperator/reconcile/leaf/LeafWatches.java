package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.GenerationHistory;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.NamespaceSource;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.cache.CacheProjection;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that wakes the reconciler of one kind of leaf beside the leaf itself, and the caches that
 * come with it.
 */
final class LeafWatches<L extends LeafCert<?>> implements LeafIndex {
  private static final String BY_SECRET = "secret";
  private static final String BY_ROOT_CA = "root-ca";
  private static final String BY_NAMESPACE = "referring-namespace";
  private static final String BY_PASSWORD = "password";
  private static final String BY_ISSUER = "issuer";
  private static final String BY_SOURCE = "source";

  private static final int MOST_VIEWS = 100_000;

  private final IndexerResourceCache<L> leaves;
  private final ObjectSource<Secret, L> own;
  private final ObjectSource<Secret, L> generations;
  private final ObjectSource<Secret, L> inputs;
  private final InformerEventSource<RootCA, L> rootCAs;
  private final NamespaceSource<L> namespaces;
  private final Admission admission;
  private final Map<String, String> views = new ConcurrentHashMap<>();
  private final Seal seal;
  private final Supplier<Instant> now;
  private final Map<String, Read> read = new ConcurrentHashMap<>();

  LeafWatches(EventSourceContext<L> context, ReconcileContext shared) {
    this.seal = shared.seal();
    this.now = shared::now;
    WatchGuard guard = shared.guard();
    leaves = context.getPrimaryCache();
    leaves.addIndexers(
        Map.of(
            BY_SECRET,
            guard.index(leaf -> List.of(key(leaf, leaf.effectiveSecretName()))),
            BY_ROOT_CA,
            guard.index(leaf -> leaf.referredCAs().stream().map(CAName::toString).toList()),
            BY_NAMESPACE,
            guard.index(LeafWatches::namespaceWhereItMatters),
            BY_PASSWORD,
            guard.index(LeafWatches::passwordKeys),
            PrimaryFilters.SLIM,
            guard.index(PrimaryFilters::index)));
    String kind = HasMetadata.getKind(context.getPrimaryResourceClass());
    own =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "secrets",
            secret -> RedactedSecret.ofLeaf(secret, seal),
            Keys.KIND_LABEL + "=" + kind,
            Paging.OF_OTHERS,
            secret -> wake(BY_SECRET, key(secret, secret.getMetadata().getName())),
            (now, before) -> true);
    own.addIndexer(BY_ISSUER, LeafWatches::issuer);
    own.addIndexer(
        BY_SOURCE,
        secret -> LeafSecret.notedSources(secret).stream().map(CAName::toString).toList());
    generations =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "generations",
            secret -> CacheProjection.of(secret, seal),
            GenerationSecrets.SELECTOR,
            Paging.OF_FEW,
            secret ->
                SecretData.label(secret, Keys.ROOT_CA_LABEL)
                    .map(name -> wakeHolders(key(secret, name)))
                    .orElse(Set.of()),
            LeafWatches::signerChanged);
    generations.addIndexer(GenerationSecrets.INDEX, GenerationSecrets::indexKeys);
    inputs =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "inputs",
            RedactedSecret::ofOthers,
            Api.INPUT_LABEL + "=true",
            Paging.OF_FEW,
            secret -> wake(BY_PASSWORD, key(secret, secret.getMetadata().getName())),
            (now, before) -> !SecretData.digest(now).equals(SecretData.digest(before)));
    rootCAs =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(RootCA.class, context.getPrimaryResourceClass())
                .withName("root-cas")
                .withInformerListLimit(Paging.OF_RESOURCES)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(
                    guard.<RootCA>mapper(
                        ca ->
                            Stream.concat(
                                    wakeConcerned(BY_ROOT_CA, nameOf(ca)).stream(),
                                    distrusts(ca).isEmpty() ? Stream.of() : former(ca))
                                .collect(Collectors.toSet())))
                .<L>withPrimaryToSecondaryMapper(leaf -> Set.of())
                .withOnUpdateFilter(
                    guard.<RootCA>filter(
                        (now, before) ->
                            cameToSomethingElse(now, before) || saysSomethingElse(now, before)))
                .build(),
            context);
    rootCAs.addIndexers(Map.of(PrimaryFilters.SLIM, guard.index(PrimaryFilters::index)));
    namespaces =
        new NamespaceSource<>(
            context,
            shared.scope(),
            guard,
            namespace -> wakeConcerned(BY_NAMESPACE, namespace.getMetadata().getName()));
    admission = new Admission(shared.scope(), namespaces::labels, namespaces::isGoing);
  }

  List<EventSource<?, L>> eventSources() {
    List<EventSource<?, L>> all = new ArrayList<>();
    own.eventSources().forEach(all::add);
    generations.eventSources().forEach(all::add);
    inputs.eventSources().forEach(all::add);
    all.add(rootCAs);
    namespaces.eventSources().forEach(all::add);
    return all;
  }

  @Override
  public void leaves(
      String namespace, String rootCA, BiConsumer<LeafCert<?>, @Nullable Secret> each) {
    leaves
        .byIndex(BY_ROOT_CA, namespace + "/" + rootCA)
        .forEach(
            leaf ->
                each.accept(
                    leaf,
                    own.get(leaf.getMetadata().getNamespace(), leaf.effectiveSecretName())
                        .orElse(null)));
  }

  @Override
  public void former(CAName ca, CaGenerations generations, BiConsumer<LeafCert<?>, Secret> each) {
    Set<String> named = new HashSet<>();
    generations.generations().stream()
        .map(generation -> KeyIdentifiers.own(generation.certificate()))
        .distinct()
        .flatMap(issuer -> own.byIndex(BY_ISSUER, issuer).stream())
        .forEach(
            secret ->
                formerOf(ca, secret)
                    .forEach(
                        leaf -> {
                          named.add(leaf.getMetadata().getUid());
                          each.accept(leaf, secret);
                        }));
    if (generations.distrusted().isEmpty()) {
      // who holds what else is nobody's concern
      return;
    }
    own.byIndex(BY_SOURCE, ca.toString())
        .forEach(
            secret ->
                formerOf(ca, secret)
                    .filter(leaf -> !named.contains(leaf.getMetadata().getUid()))
                    // anybody can write such a note into a Secret of his own
                    .filter(
                        leaf ->
                            LeafSecret.judge(leaf, secret, seal) instanceof SecretState.Managed ours
                                && ours.sources().cas().contains(ca))
                    .forEach(leaf -> each.accept(leaf, secret)));
  }

  private Stream<L> formerOf(CAName ca, Secret secret) {
    return leaves.byIndex(BY_SECRET, key(secret, secret.getMetadata().getName())).stream()
        .filter(leaf -> !leaf.referredCAs().contains(ca));
  }

  /** A leaf as last seen. */
  Optional<L> leaf(ResourceID id) {
    return leaves.get(id);
  }

  Stream<L> leaves() {
    return leaves.list();
  }

  /** The leaves' own Secrets. */
  ObjectSource<Secret, L> own() {
    return own;
  }

  /** What a CA's status tells of its generations. */
  ReportedStatus reported(String namespace, String rootCA) {
    return rootCA(namespace, rootCA).map(ReportedStatus::of).orElseGet(ReportedStatus::nothing);
  }

  /** A CA's generations with a valid seal. */
  CaGenerations generations(String namespace, String rootCA) {
    String key = GenerationSecrets.indexKey(namespace, rootCA);
    List<Secret> found = generations.byIndex(GenerationSecrets.INDEX, key);
    if (found.isEmpty()) {
      read.remove(key);
      return CaGenerations.none().remembering(reported(namespace, rootCA).history());
    }
    ReportedStatus reported = reported(namespace, rootCA);
    List<String> versions =
        Stream.concat(found.stream().map(LeafWatches::version), Stream.of(reported.inShort()))
            .toList();
    Read known = read.get(key);
    if (known != null && known.versions().equals(versions)) {
      return known.generations().at(now.get());
    }
    Read fresh =
        new Read(
            versions,
            GenerationSecrets.generations(
                GenerationSecrets.sealed(found, namespace, rootCA, seal), found, reported));
    read.put(key, fresh);
    return fresh.generations().at(now.get());
  }

  /** What was read from the Secrets of a CA, which many leaves have in common. */
  private record Read(List<String> versions, CaGenerations generations) {}

  private static String version(Secret secret) {
    return secret.getMetadata().getUid() + "/" + secret.getMetadata().getResourceVersion();
  }

  /** One generation's Secret, redacted. */
  Optional<Secret> generation(String namespace, String rootCA, int number) {
    return generations.get(namespace, GenerationSecret.name(rootCA, number));
  }

  /** A Secret whose owner consented that it is read. */
  Optional<Secret> input(String namespace, String name) {
    return inputs.get(namespace, name);
  }

  Optional<RootCA> rootCA(String namespace, String name) {
    return rootCAs.get(new ResourceID(name, namespace));
  }

  /** A RootCA that lets the leaf's namespace in. */
  Optional<RootCA> admitted(L leaf, CAName name) {
    return rootCA(name.namespace(), name.name())
        .filter(ca -> admission.admits(ca, leaf.getMetadata().getNamespace()));
  }

  Admission admission() {
    return admission;
  }

  /** Remembers how a leaf sees its CAs: it is woken when that changes, and not by every edit. */
  void remember(L leaf) {
    if (views.size() > MOST_VIEWS) {
      // of leaves that are gone
      views.clear();
    }
    views.put(leaf.getMetadata().getUid(), view(leaf));
  }

  private String view(L leaf) {
    StringBuilder view = new StringBuilder();
    for (CAName name : leaf.referredCAs()) {
      view.append(
          admitted(leaf, name)
              .map(
                  ca ->
                      ca.getMetadata().getUid()
                          + LeafReferences.isStopped(ca)
                          + additionalTrust(ca)
                          + distrusts(ca)
                          + (name.equals(leaf.signingCA()) ? " " + ca.getSpec().policy() : ""))
              .orElse("-"));
      view.append('\n');
    }
    return Digests.of(view.toString());
  }

  private Set<ResourceID> wakeConcerned(String index, String key) {
    return leaves.byIndex(index, key).stream()
        .filter(leaf -> !view(leaf).equals(views.get(leaf.getMetadata().getUid())))
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  // labels of a namespace matter to those who refer to another one
  private static List<String> namespaceWhereItMatters(LeafCert<?> leaf) {
    String own = leaf.getMetadata().getNamespace();
    return leaf.referredCAs().stream().allMatch(ca -> ca.namespace().equals(own))
        ? List.of()
        : List.of(own);
  }

  private static boolean saysSomethingElse(RootCA now, RootCA before) {
    return !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !additionalTrust(now).equals(additionalTrust(before))
        || !distrusts(now).equals(distrusts(before))
        || !Objects.equals(now.getSpec().allowedNamespaces(), before.getSpec().allowedNamespaces())
        || !Objects.equals(now.getSpec().policy(), before.getSpec().policy());
  }

  private static String additionalTrust(RootCA ca) {
    return Optional.ofNullable(ca.getStatus()).map(RootCAStatus::additionalTrustDigest).orElse("");
  }

  // what status alone remembers of the distrusted: no Secret tells of it
  private static List<String> distrusts(RootCA ca) {
    return Optional.ofNullable(ca.getStatus())
        .map(RootCAStatus::history)
        .map(GenerationHistory::distrusts)
        .orElse(List.of());
  }

  // what a leaf asks of the resource: is it there, did it fail, and does it get on again
  private static boolean cameToSomethingElse(RootCA now, RootCA before) {
    return !result(now).equals(result(before));
  }

  private static Optional<ConditionStatus> result(RootCA ca) {
    return ca.getStatus() == null
        ? Optional.empty()
        : Conditions.find(ca.getStatus().conditions(), Conditions.READY).map(Condition::status);
  }

  // those that refer to a CA, and those that refer to it no more and may hold its certificates
  // still
  private Set<ResourceID> wakeHolders(String ca) {
    return Stream.concat(
            wake(BY_ROOT_CA, ca).stream(),
            own.byIndex(BY_SOURCE, ca).stream()
                .flatMap(secret -> wake(BY_SECRET, nameOf(secret)).stream()))
        .collect(Collectors.toSet());
  }

  // those that refer to a CA no more and may hold its certificates still
  private Stream<ResourceID> former(RootCA ca) {
    CAName name = new CAName(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    return own.byIndex(BY_SOURCE, name.toString()).stream()
        .flatMap(secret -> formerOf(name, secret))
        .map(ResourceID::fromResource);
  }

  private Set<ResourceID> wake(String index, String key) {
    return leaves.byIndex(index, key).stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  // what a leaf asks of a generation; notes for its CA's own use wake nobody
  private static boolean signerChanged(Secret now, Secret before) {
    GenerationMilestones is = GenerationSecret.milestones(now);
    GenerationMilestones was = GenerationSecret.milestones(before);
    return !SecretData.digest(now).equals(SecretData.digest(before))
        || !SecretData.annotation(now, Keys.SEAL).equals(SecretData.annotation(before, Keys.SEAL))
        || is.signingSince().isPresent() != was.signingSince().isPresent()
        || is.reissue() != was.reissue()
        || is.retires() != was.retires()
        || !is.distrusts().equals(was.distrusts());
  }

  // none: what is there is no certificate, or names no issuer
  private static List<String> issuer(Secret secret) {
    return LeafSecret.certificate(secret).flatMap(KeyIdentifiers::issuer).stream().toList();
  }

  private static List<String> passwordKeys(LeafCert<?> leaf) {
    PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
    return ref == null ? List.of() : List.of(key(leaf, ref.name()));
  }

  private static String nameOf(HasMetadata object) {
    return key(object, object.getMetadata().getName());
  }

  private static String key(HasMetadata inNamespace, String name) {
    return inNamespace.getMetadata().getNamespace() + "/" + name;
  }
}
