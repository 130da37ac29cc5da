package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.context.RevocationFinalizers;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.SharedInformer;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the caches know of the leaves of one kind, of their Secrets, and of what they refer to. */
final class LeafCaches<L extends LeafCert<?>> implements LeafIndex {
  private final IndexerResourceCache<L> leaves;
  private final ObjectSource<Secret, L> own;
  private final ObjectSource<Secret, ?> generations;
  private final ObjectSource<Secret, ?> inputs;
  private final SharedInformer<RootCA, ?> rootCAs;
  private final Admission admission;
  private final Seal seal;
  private final Map<String, Read> read = new ConcurrentHashMap<>();

  LeafCaches(
      IndexerResourceCache<L> leaves,
      ObjectSource<Secret, L> own,
      ObjectSource<Secret, ?> generations,
      ObjectSource<Secret, ?> inputs,
      SharedInformer<RootCA, ?> rootCAs,
      Admission admission,
      Seal seal) {
    this.leaves = leaves;
    this.own = own;
    this.generations = generations;
    this.inputs = inputs;
    this.rootCAs = rootCAs;
    this.admission = admission;
    this.seal = seal;
  }

  @Override
  public void leaves(
      String namespace, String rootCA, BiConsumer<LeafCert<?>, @Nullable Secret> each) {
    leaves
        .byIndex(LeafIndexes.BY_ROOT_CA, namespace + "/" + rootCA)
        .forEach(leaf -> each.accept(leaf, secret(leaf).orElse(null)));
  }

  @Override
  public void former(CAName ca, CaGenerations generations, BiConsumer<LeafCert<?>, Secret> each) {
    Set<String> named = new HashSet<>();
    generations.generations().stream()
        .map(generation -> KeyIdentifiers.own(generation.certificate()))
        .distinct()
        .flatMap(issuer -> own.byIndex(LeafIndexes.BY_ISSUER, issuer).stream())
        .forEach(
            secret ->
                formerOf(ca, secret)
                    .forEach(
                        leaf -> {
                          named.add(leaf.getMetadata().getUid());
                          each.accept(leaf, secret);
                        }));
    if (generations.distrusted().isEmpty()) {
      // nothing has to leave the bundles of other leaves
      return;
    }
    own.byIndex(LeafIndexes.BY_SOURCE, ca.toString())
        .forEach(
            secret ->
                formerOf(ca, secret)
                    .filter(leaf -> !named.contains(leaf.getMetadata().getUid()))
                    .filter(leaf -> wasGiven(leaf, secret, ca))
                    .forEach(leaf -> each.accept(leaf, secret)));
  }

  @Override
  public void revoked(CAName ca, Consumer<LeafRevocations.OfLeaf> each) {
    boolean deleted = rootCA(ca).filter(RevocationFinalizers::isAskedBy).isPresent();
    leaves.byIndex(LeafIndexes.BY_REVOKED, ca.toString()).stream()
        .map(leaf -> deleted ? LeafRevocations.withDeletion(leaf) : LeafRevocations.of(leaf))
        .flatMap(List::stream)
        .filter(revoked -> revoked.ca().equals(ca))
        .forEach(each);
  }

  // anybody can write such a note into a Secret of their own
  private boolean wasGiven(LeafCert<?> leaf, Secret secret, CAName ca) {
    return LeafSecret.judge(leaf, secret, seal)
        .managed()
        .map(SecretState.Managed::sources)
        .filter(sources -> sources.cas().contains(ca))
        .isPresent();
  }

  /** The leaves of a Secret that do not refer to a RootCA. */
  Stream<L> formerOf(CAName ca, Secret secret) {
    return LeafIndexes.ofSecret(leaves, secret).filter(leaf -> !leaf.referredCAs().contains(ca));
  }

  /** Secrets of leaves in which a note names a RootCA as a source of their trust bundle. */
  Stream<Secret> withSource(String ca) {
    return own.byIndex(LeafIndexes.BY_SOURCE, ca).stream();
  }

  /** A leaf as last seen. */
  Optional<L> leaf(ResourceID id) {
    return leaves.get(id);
  }

  /** All leaves of the kind. */
  Stream<L> leaves() {
    return leaves.list();
  }

  /** The Secret under the name of a leaf's Secret, redacted. */
  Optional<Secret> secret(LeafCert<?> leaf) {
    return own.get(leaf.getMetadata().getNamespace(), leaf.effectiveSecretName());
  }

  /** A Secret whose owner agreed that it is read; values are digests. */
  Optional<Secret> input(String namespace, String name) {
    return inputs.get(namespace, name);
  }

  /** A RootCA, whether it admits anybody or not. */
  Optional<RootCA> rootCA(CAName name) {
    return rootCAs.get(new ResourceID(name.name(), name.namespace()));
  }

  /** A RootCA that admits the leaf's namespace. */
  Optional<RootCA> admitting(LeafCert<?> leaf, CAName name) {
    return rootCA(name).filter(ca -> admission.admits(ca, leaf.getMetadata().getNamespace()));
  }

  /** Tells what comes next for a leaf that is new. */
  FirstLook firstLook() {
    return new FirstLook(
        leaf -> secret(leaf).isPresent(),
        this::admitting,
        ca ->
            generations
                .byIndex(
                    GenerationSecrets.INDEX, GenerationSecrets.indexKey(ca.namespace(), ca.name()))
                .stream()
                .anyMatch(secret -> GenerationSecret.isName(secret.getMetadata().getName())));
  }

  /** Which namespaces RootCAs admit. */
  Admission admission() {
    return admission;
  }

  /**
   * The generations of a RootCA whose seal is valid, at a time.
   *
   * @param reader that of the run
   */
  CaGenerations generations(CAName ca, GenerationReader reader, Instant now) {
    ReportedStatus reported = rootCA(ca).map(ReportedStatus::of).orElseGet(ReportedStatus::nothing);
    return generations(ca, reader, reported).generations().at(now);
  }

  /**
   * The generations of a RootCA whose seal is valid, whatever the time. They are read once for all
   * leaves of the RootCA, until a Secret or the status changes.
   *
   * @param reader that of the run
   * @param reported what the RootCA's status reports about them
   */
  Read generations(CAName ca, GenerationReader reader, ReportedStatus reported) {
    String key = GenerationSecrets.indexKey(ca.namespace(), ca.name());
    List<Secret> found = generations.byIndex(GenerationSecrets.INDEX, key);
    if (found.isEmpty()) {
      read.remove(key);
      return new Read(List.of(), List.of(), CaGenerations.none().remembering(reported.history()));
    }
    List<String> versions =
        Stream.concat(found.stream().map(LeafCaches::version), Stream.of(reported.inShort()))
            .toList();
    Read known = read.get(key);
    if (known != null && known.versions().equals(versions)) {
      reader.learn(known.sealed());
      return known;
    }
    List<Sealed> sealed = GenerationSecrets.sealed(found, ca.namespace(), ca.name(), reader);
    Read fresh = new Read(versions, sealed, GenerationSecrets.generations(sealed, found, reported));
    read.put(key, fresh);
    return fresh;
  }

  /**
   * What was read from the Secrets of a RootCA's generations.
   *
   * @param versions of what it was read from
   */
  record Read(List<String> versions, List<Sealed> sealed, CaGenerations generations) {
    Read {
      versions = List.copyOf(versions);
      sealed = List.copyOf(sealed);
    }
  }

  private static String version(Secret secret) {
    return secret.getMetadata().getUid() + "/" + secret.getMetadata().getResourceVersion();
  }
}
