package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ClientCert;
import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.LeafStatus;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.ServerCert;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.CaFacts;
import dev.mtlsoperator.rotation.Draft;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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

  private final CaWatches watches;
  private final Surroundings surroundings;

  CaObserver(CaWatches watches, Surroundings surroundings) {
    this.watches = watches;
    this.surroundings = surroundings;
  }

  /**
   * What is known of one RootCA.
   *
   * @param generations that count as ours, oldest first; from the API server they are not redacted
   * @param skipped names of Secrets that look like generations but are not sealed
   */
  record Observation(
      CaFacts facts, List<Sealed> generations, List<String> skipped, Optional<ConfigMap> bundle) {}

  Observation observe(RootCA ca) {
    Observation cached = observe(ca, watches.generations(ca), bundle(ca), List.of(), 0);
    boolean adoptionPending =
        adoption(ca)
            .filter(
                f ->
                    cached.generations().stream()
                        .noneMatch(g -> f.equals(Fingerprint.of(g.certificate()))))
            .isPresent();
    return cached.facts().signer().isPresent() && !adoptionPending ? cached : observeLive(ca);
  }

  private Observation observeLive(RootCA ca) {
    KubernetesClient client = surroundings.client();
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    Optional<ConfigMap> bundle =
        Optional.ofNullable(
            client.configMaps().inNamespace(namespace).withName(TrustConfigMap.name(name)).get());
    List<LeafCert<?>> leaves =
        Stream.<LeafCert<?>>concat(
                client
                    .resources(ServerCert.class)
                    .inNamespace(namespace)
                    .list()
                    .getItems()
                    .stream(),
                client
                    .resources(ClientCert.class)
                    .inNamespace(namespace)
                    .list()
                    .getItems()
                    .stream())
            .filter(leaf -> leaf.getSpec().rootCARef().name().equals(name))
            .filter(leaf -> caGeneration(leaf) > 0)
            .toList();
    int highestOfLeaves =
        leaves.stream().map(CaObserver::caGeneration).max(Comparator.naturalOrder()).orElse(0);
    return observe(
        ca, live(ca, highestOfLeaves), bundle, traces(ca, bundle, leaves), highestOfLeaves);
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
    List<Secret> labelled =
        secrets.withLabel(Keys.ROOT_CA_LABEL, name).list().getItems().stream()
            .filter(
                secret -> GenerationSecret.number(name, secret.getMetadata().getName()).isPresent())
            .toList();
    int highest = Math.max(highest(ca, labelled), highestOfLeaves);
    List<Secret> all = new ArrayList<>();
    for (int n = 1; n <= highest + MOST_UNKNOWN; n++) {
      Secret found = secrets.withName(GenerationSecret.name(name, n)).get();
      if (found != null) {
        all.add(found);
      } else if (n > highest) {
        break;
      }
    }
    return all;
  }

  private Observation observe(
      RootCA ca,
      Collection<Secret> found,
      Optional<ConfigMap> bundle,
      List<String> traces,
      int highestOfLeaves) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    // a seal vouches for the certificate; that the key belongs to it, only the key itself can tell
    List<Sealed> generations =
        Generations.sealed(found, namespace, name, surroundings.seal()).stream()
            .filter(generation -> surroundings.signingKeys().of(name, generation).isPresent())
            .toList();
    List<String> skipped =
        found.stream()
            .map(secret -> secret.getMetadata().getName())
            .filter(
                secret ->
                    generations.stream()
                        .noneMatch(g -> g.secret().getMetadata().getName().equals(secret)))
            .sorted()
            .toList();
    List<X509Certificate> certificates = generations.stream().map(Sealed::certificate).toList();
    CaFacts facts =
        new CaFacts(
            Draft.of(ca),
            generations.stream()
                .map(g -> new CaFacts.Known(g.number(), g.certificate(), g.signing()))
                .toList(),
            Math.max(highest(ca, found), highestOfLeaves),
            traces,
            adoptable(ca, found, skipped),
            generations.stream()
                .allMatch(g -> GenerationSecret.metadataCurrent(ca, g.secret(), g.number())),
            TrustConfigMap.judge(ca, bundle.orElse(null), certificates, surroundings.seal()));
    return new Observation(facts, generations, skipped, bundle);
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

  private static int highest(RootCA ca, Collection<Secret> found) {
    int ofSecrets =
        found.stream()
            .flatMapToInt(
                secret ->
                    GenerationSecret.number(
                        ca.getMetadata().getName(), secret.getMetadata().getName())
                        .stream())
            .max()
            .orElse(0);
    int ofStatus =
        ca.getStatus() == null
            ? 0
            : ca.getStatus().generations().stream()
                .mapToInt(dev.mtlsoperator.api.Generation::generation)
                .max()
                .orElse(0);
    return Math.max(ofSecrets, ofStatus);
  }

  private static Optional<String> adoptable(
      RootCA ca, Collection<Secret> found, List<String> unsealed) {
    return adoption(ca)
        .flatMap(
            wanted ->
                found.stream()
                    .filter(secret -> unsealed.contains(secret.getMetadata().getName()))
                    .filter(secret -> isUsableCA(secret, wanted))
                    .map(secret -> secret.getMetadata().getName())
                    .findFirst());
  }

  private static boolean isUsableCA(Secret secret, Fingerprint wanted) {
    List<X509Certificate> chain = SecretData.certificates(secret, Keys.TLS_CRT);
    if (chain.isEmpty()
        || !Fingerprint.of(chain.get(0)).equals(wanted)
        || !Keys.TYPE_CA.equals(secret.getType())) {
      return false;
    }
    try {
      return chain.get(0).getBasicConstraints() >= 0
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
    Map<String, String> annotations = ca.getMetadata().getAnnotations();
    return Optional.ofNullable(annotations == null ? null : annotations.get(Api.ADOPT_ANNOTATION))
        .flatMap(Fingerprint::parse);
  }
}
