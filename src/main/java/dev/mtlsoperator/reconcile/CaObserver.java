package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ClientCert;
import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.LeafStatus;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.ServerCert;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.CaFacts;
import dev.mtlsoperator.rotation.CaFacts.Bundle;
import dev.mtlsoperator.rotation.CaRequests;
import dev.mtlsoperator.rotation.Copies.Evidence;
import dev.mtlsoperator.rotation.Draft;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.rotation.RotationPlan;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Redaction;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustConfigMap;
import dev.mtlsoperator.secret.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gathers all facts about one RootCA; writes nothing. While a generation signs, the caches are
 * enough. Before a CA is created or declared lost, the API server is asked: what a cache lacks is
 * no evidence.
 */
final class CaObserver {
  /**
   * Secrets of others under the names of coming generations that are passed over before giving up.
   */
  private static final int MOST_UNKNOWN = 100;

  /** Above that one list of all namespaces is cheaper; only where all are watched. */
  private static final int MOST_LISTS = 16;

  /** Beyond it a number without a seal is not believed. */
  private static final int HIGHEST_UNPROVEN = 999_999;

  /** What status has room for. */
  private static final int LONGEST_VALUE = 1024;

  private final CaWatches watches;
  private final List<? extends LeafCensus> leaves;
  private final ImportInputs imports;
  private final Surroundings surroundings;

  CaObserver(
      CaWatches watches,
      List<? extends LeafCensus> leaves,
      ImportInputs imports,
      Surroundings surroundings) {
    this.watches = watches;
    this.leaves = leaves;
    this.imports = imports;
    this.surroundings = surroundings;
  }

  /**
   * What is known of one RootCA.
   *
   * @param generations that count as ours, oldest first; from the API server they are not redacted
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
      TrustObserver.Seen copies) {}

  /** From the caches, or from the API server where they know too little. */
  Observation observe(RootCA ca) {
    Observation cached =
        observe(
            ca,
            new Found(watches.generations(ca), bundle(ca), List.of(), 0, Evidence.CACHED),
            counting ->
                leaves.forEach(
                    kind ->
                        kind.leaves(
                            ca.getMetadata().getNamespace(),
                            ca.getMetadata().getName(),
                            counting::add)));
    boolean adoptionPending =
        adoption(ca)
            .filter(
                f ->
                    cached.generations().stream()
                        .noneMatch(g -> f.equals(Fingerprint.of(g.certificate()))))
            .isPresent();
    return cached.facts().signer().isPresent() && !(adoptionPending && isNews(ca))
        ? cached
        : observeFresh(ca);
  }

  // what was adopted once, and has left since, may stand in somebody's repository for ever
  private static boolean isNews(RootCA ca) {
    return ca.getStatus() == null
        || !adoption(ca).map(Fingerprint::text).equals(Optional.ofNullable(ca.getStatus().adopt()));
  }

  /** From the API server. */
  Observation observeFresh(RootCA ca) {
    KubernetesClient client = surroundings.client();
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
            all.add(leaf);
          }
        };
    inAllNamespaces(client.resources(ServerCert.class), mine);
    inAllNamespaces(client.resources(ClientCert.class), mine);
    List<LeafCert<?>> signed =
        all.stream()
            .filter(leaf -> leaf.signingCA().equals(own) && caGeneration(leaf) > 0)
            .filter(leaf -> watches.admission().admits(ca, leaf.getMetadata().getNamespace()))
            .toList();
    int highestOfLeaves = signed.stream().mapToInt(CaObserver::caGeneration).max().orElse(0);
    List<Secret> generations = live(ca, highestOfLeaves);
    Map<String, List<LeafCert<?>>> bySecret = new HashMap<>();
    all.forEach(
        leaf ->
            bySecret
                .computeIfAbsent(
                    secretKey(leaf, leaf.effectiveSecretName()), key -> new ArrayList<>())
                .add(leaf));
    return observe(
        ca,
        new Found(generations, bundle, traces(ca, bundle, signed), highestOfLeaves, Evidence.FRESH),
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
                                leaves.forEach(leaf -> counting.add(leaf, Redaction.of(secret)))));
          }
          // what lost its label is not gone
          bySecret.values().stream()
              .flatMap(List::stream)
              .forEach(leaf -> counting.add(leaf, isReported(leaf) ? secret(leaf) : null));
        });
  }

  private static String secretKey(HasMetadata inNamespace, String name) {
    return inNamespace.getMetadata().getNamespace() + "/" + name;
  }

  private <T extends HasMetadata, L extends KubernetesResourceList<T>, R extends Resource<T>>
      void inAllNamespaces(MixedOperation<T, L, R> resources, Consumer<? super T> each) {
    if (surroundings.scope().isAll()) {
      Paging.forEach(resources.inAnyNamespace()::list, each);
    } else {
      surroundings
          .scope()
          .namespaces()
          .forEach(namespace -> Paging.forEach(resources.inNamespace(namespace)::list, each));
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
    if (namespaces.size() > MOST_LISTS && surroundings.scope().isAll()) {
      Paging.forEach(
          secrets.inAnyNamespace().withLabelIn(Keys.KIND_LABEL, "ServerCert", "ClientCert")::list,
          each);
    } else {
      namespaces.forEach(
          namespace ->
              Paging.forEach(
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
    return surroundings
        .client()
        .secrets()
        .inNamespace(leaf.getMetadata().getNamespace())
        .withName(leaf.effectiveSecretName())
        .get();
  }

  // 0: none yet
  private static int caGeneration(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    return status == null || status.caGeneration() == null ? 0 : status.caGeneration();
  }

  // by name and not only by label: a restored Secret may have lost its labels; never all Secrets of
  // a namespace
  private List<Secret> live(RootCA ca, int highestOfLeaves) {
    String name = ca.getMetadata().getName();
    var secrets = surroundings.client().secrets().inNamespace(ca.getMetadata().getNamespace());
    Map<Integer, Secret> all = new TreeMap<>();
    for (Secret labelled : secrets.withLabel(Keys.ROOT_CA_LABEL, name).list().getItems()) {
      GenerationSecret.number(name, labelled.getMetadata().getName())
          .ifPresent(number -> all.put(number, labelled));
    }
    int highest =
        Math.max(
            highest(
                ca,
                all.values(),
                Generations.sealed(
                    all.values(), ca.getMetadata().getNamespace(), name, surroundings.seal())),
            highestOfLeaves);
    // a number that somebody thought of says nothing of how many there are
    Set<Integer> asked = new TreeSet<>(ofStatus(ca));
    if (highestOfLeaves > 0) {
      asked.add(highestOfLeaves);
    }
    IntStream.rangeClosed(1, Math.min(highest, MOST_UNKNOWN)).forEach(asked::add);
    asked.removeAll(all.keySet());
    for (int n : asked) {
      Optional.ofNullable(secrets.withName(GenerationSecret.name(name, n)).get())
          .ifPresent(found -> all.put(n, found));
    }
    for (int n = highest + 1; n <= highest + MOST_UNKNOWN && !all.containsKey(n); n++) {
      Secret found = secrets.withName(GenerationSecret.name(name, n)).get();
      if (found == null) {
        break;
      }
      all.put(n, found);
    }
    return List.copyOf(all.values());
  }

  /** What lies there, before it is judged. */
  private record Found(
      List<Secret> secrets,
      Optional<ConfigMap> bundle,
      List<String> traces,
      int highestOfLeaves,
      Evidence evidence) {}

  private Observation observe(RootCA ca, Found found, Consumer<CopyCount> census) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    // a seal vouches for the certificate; that the key belongs to it, only the key itself can tell
    List<Sealed> generations =
        Generations.sealed(found.secrets(), namespace, name, surroundings.seal()).stream()
            .filter(generation -> surroundings.signingKeys().vouchesFor(name, generation))
            .toList();
    List<String> skipped =
        found.secrets().stream()
            .map(secret -> secret.getMetadata().getName())
            .filter(
                secret ->
                    generations.stream()
                        .noneMatch(g -> g.secret().getMetadata().getName().equals(secret)))
            .sorted()
            .toList();
    Lineage lineage = Generations.lineage(generations);
    Draft draft = Draft.of(ca, () -> input(ca, found.evidence()));
    AdditionalTrusts.Known additional = watches.additionalTrust().read(ca, lineage, found.bundle());
    TrustContent content = new TrustContent(lineage.anchors(), additional.certificates());
    TrustObserver.Seen copies =
        found.evidence() == Evidence.FRESH
            ? watches.copies().observeFresh(ca, content)
            : watches.copies().observe(ca, content);
    Bundle bundle =
        TrustConfigMap.judge(ca, found.bundle().orElse(null), content, surroundings.seal());
    CopyCount counting =
        new CopyCount(
            ca,
            lineage,
            additional.certificates(),
            watches.admission(),
            surroundings.seal(),
            surroundings.givenTrust());
    counting.add(ca, found.bundle(), bundle);
    counting.add(copies);
    unheard(ca, lineage).ifPresent(counting::leaveOut);
    census.accept(counting);
    CaFacts facts =
        new CaFacts(
            draft,
            draft instanceof Draft.Invalid ? RotationPlan.cautious(ca) : RotationPlan.of(ca),
            requests(ca),
            lineage,
            highestKnown(ca, found, generations),
            found.traces(),
            adoptable(ca, found.secrets(), skipped, lineage),
            generations.stream()
                .allMatch(g -> GenerationSecret.metadataCurrent(ca, g.secret(), g.number())),
            bundle,
            copies.distribution(),
            counting.copies(found.evidence()),
            Stream.concat(watches.admission().tooNarrow(ca).stream(), copies.unseen().stream())
                .toList());
    return new Observation(
        facts, generations, skipped, found.bundle(), content, additional, copies);
  }

  // a name that is taken by somebody else is passed over
  private static int highestKnown(RootCA ca, Found found, List<Sealed> generations) {
    Set<String> taken =
        found.secrets().stream()
            .map(secret -> secret.getMetadata().getName())
            .collect(Collectors.toSet());
    int highest = Math.max(highest(ca, found.secrets(), generations), found.highestOfLeaves());
    while (taken.contains(GenerationSecret.name(ca.getMetadata().getName(), highest + 1))) {
      highest++;
    }
    return highest;
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

  private static CaRequests requests(RootCA ca) {
    Optional<String> rotate =
        annotation(ca, Api.ROTATE_ANNOTATION)
            .map(
                value ->
                    value.length() > LONGEST_VALUE ? value.substring(0, LONGEST_VALUE) : value);
    return new CaRequests(
        rotate,
        // a resource without a status may come from a backup: what it carries is no news
        ca.getStatus() == null ? rotate : Optional.ofNullable(ca.getStatus().rotate()),
        annotation(ca, Api.ADVANCE_ANNOTATION).flatMap(Fingerprint::parse),
        annotation(ca, Api.DISTRUST_ANNOTATION).flatMap(Fingerprint::parse));
  }

  // nobody shall think that he pulled the brake
  private static Optional<String> unheard(RootCA ca, Lineage lineage) {
    return annotation(ca, Api.DISTRUST_ANNOTATION)
        .filter(
            value ->
                Fingerprint.parse(value)
                    .filter(
                        f ->
                            lineage.distrusted().contains(f)
                                || lineage.generations().stream()
                                    .anyMatch(g -> g.contains(Set.of(f))))
                    .isEmpty())
        .map(
            value ->
                "the annotation mtls-operator.dev/distrust names no generation of this CA: write sha256:<hex>, as status.generations has it");
  }

  static Optional<String> annotation(RootCA ca, String key) {
    Map<String, String> annotations = ca.getMetadata().getAnnotations();
    return Optional.ofNullable(annotations == null ? null : annotations.get(key));
  }

  // a foreign ConfigMap does not carry the label that the watch selects by: a look is worth its
  // price only when none is cached
  private Optional<ConfigMap> bundle(RootCA ca) {
    String namespace = ca.getMetadata().getNamespace();
    String name = TrustConfigMap.name(ca.getMetadata().getName());
    return watches
        .bundle(namespace, name)
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

  // what bears no seal may be a lost one of ours, or a number that somebody thought of
  private static int highest(RootCA ca, Collection<Secret> found, Collection<Sealed> sealed) {
    IntStream ofNames =
        found.stream()
            .flatMapToInt(
                secret ->
                    GenerationSecret.number(
                        ca.getMetadata().getName(), secret.getMetadata().getName())
                        .stream())
            .filter(number -> number <= HIGHEST_UNPROVEN);
    IntStream ofSealed =
        sealed.stream().mapToInt(g -> Math.max(g.number(), GenerationSecret.highest(g.secret())));
    return IntStream.concat(
            IntStream.concat(ofNames, ofSealed), ofStatus(ca).stream().mapToInt(Integer::intValue))
        .max()
        .orElse(0);
  }

  private static List<Integer> ofStatus(RootCA ca) {
    return ca.getStatus() == null
        ? List.of()
        : ca.getStatus().generations().stream()
            .map(dev.mtlsoperator.api.Generation::generation)
            .toList();
  }

  private static Optional<String> adoptable(
      RootCA ca, Collection<Secret> found, List<String> unsealed, Lineage lineage) {
    return adoption(ca)
        .filter(wanted -> !lineage.distrusted().contains(wanted))
        .flatMap(
            wanted ->
                found.stream()
                    .filter(secret -> unsealed.contains(secret.getMetadata().getName()))
                    .filter(secret -> hasPlace(number(ca, secret), lineage))
                    .filter(secret -> isUsableCA(secret, wanted))
                    .map(secret -> secret.getMetadata().getName())
                    .findFirst());
  }

  // what has left in good order would leave again, and its key with it; and one that comes after
  // the signer would be measured by the spec like a successor made here, and taken back
  private static boolean hasPlace(int number, Lineage lineage) {
    return number > lineage.retired()
        && lineage.signer().filter(signer -> signer.number() < number).isEmpty();
  }

  private static int number(RootCA ca, Secret secret) {
    return GenerationSecret.number(ca.getMetadata().getName(), secret.getMetadata().getName())
        .orElse(0);
  }

  private static boolean isUsableCA(Secret secret, Fingerprint wanted) {
    List<X509Certificate> chain = SecretData.certificates(secret, Keys.TLS_CRT);
    if (chain.isEmpty()
        || !Fingerprint.of(chain.get(0)).equals(wanted)
        || !Keys.TYPE_CA.equals(secret.getType())) {
      return false;
    }
    try {
      return GenerationSecret.verifiedPath(secret).isPresent()
          && chain.get(0).getBasicConstraints() >= 0
          && SecretData.text(secret, Keys.TLS_KEY)
              .map(KeyMaterial::fromPem)
              .filter(key -> key.matches(chain.get(0)))
              .isPresent();
    } catch (PkiException e) {
      return false;
    }
  }

  /** The fingerprint that a person vouches for. */
  static Optional<Fingerprint> adoption(RootCA ca) {
    return annotation(ca, Api.ADOPT_ANNOTATION)
        .flatMap(Fingerprint::parse)
        .filter(
            wanted ->
                annotation(ca, Api.DISTRUST_ANNOTATION)
                    .flatMap(Fingerprint::parse)
                    .filter(wanted::equals)
                    .isEmpty());
  }
}
