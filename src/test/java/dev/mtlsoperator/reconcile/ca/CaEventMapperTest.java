package dev.mtlsoperator.reconcile.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.kube.StartGate;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.reconcile.trust.SplitNames;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.SplitObjects;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whom a change of an object wakes, and who has nobody woken by what he writes. */
final class CaEventMapperTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);

  /** Of the namespace {@code shop}; it has copies named {@code clients} where gateways are. */
  private static final RootCA CA =
      Serialization.unmarshal(
          """
          apiVersion: mtls-operator.dev/v1alpha1
          kind: RootCA
          metadata: {name: root, namespace: shop, uid: uid-of-root, generation: 1}
          spec:
            commonName: root
            trustBundles:
            - kind: ConfigMap
              name: clients
              namespaces: {from: Selector, selector: {matchLabels: {gateway: "yes"}}}
            - kind: ConfigMap
              name: kong
              split: PerCertificate
              namespaces: {from: Selector, selector: {matchLabels: {gateway: "yes"}}}
          """,
          RootCA.class);

  private static final ResourceID ROOT = new ResourceID("root", "shop");

  private final Set<TrustPlace> held = new HashSet<>();
  private final SplitNames splitNames = new SplitNames();
  private final CaEventMapper concerns =
      new CaEventMapper(
          new OneRootCA(),
          SEAL,
          new WatchGuard(new StartGate(), new UnexpectedExceptions(part -> {})),
          name -> Optional.ofNullable(namespaces().get(name)),
          splitNames,
          (ca, place) -> held.contains(place));

  @Test
  void shouldBelieveLabelsOnlyBesideTheRootCA() {
    assertThat(concerns.of(labelled("shop", "any"))).containsExactly(ROOT);
    assertThat(concerns.of(labelled("tenant", "any"))).isEmpty();
    assertThat(concerns.of(labelled("gateway", "any"))).isEmpty();
    // without the label of a namespace it is one of the tenant's own
    ConfigMap own = labelled("tenant", "any");
    own.getMetadata().getLabels().remove(Keys.ROOT_CA_NAMESPACE_LABEL);
    assertThat(concerns.of(own)).containsExactly(new ResourceID("root", "tenant"));
  }

  @Test
  void shouldBelieveASealEverywhere() {
    // given: one that nobody wants any more, too
    HasMetadata sealed = sealed("tenant", "former");
    HasMetadata moved = sealed("tenant", "former");
    moved.getMetadata().setNamespace("elsewhere");

    // then
    assertThat(concerns.of(sealed)).containsExactly(ROOT);
    assertThat(concerns.of(moved)).isEmpty();
  }

  @Test
  void shouldLookWhereACopyIsWantedWhateverLiesThere() {
    // given
    ConfigMap bare = labelled("gateway", "clients");
    bare.getMetadata().setLabels(Map.of(Keys.KIND_LABEL, Keys.TRUST_BUNDLE));

    // then
    assertThat(concerns.of(bare)).containsExactly(ROOT);
    assertThat(concerns.of(labelled("gateway", "clients"))).containsExactly(ROOT);
    // it is not selected, does not agree, or is not known
    assertThat(concerns.of(labelled("tenant", "clients"))).isEmpty();
    assertThat(concerns.of(labelled("silent", "clients"))).isEmpty();
    assertThat(concerns.of(labelled("unknown", "clients"))).isEmpty();
  }

  @Test
  void shouldBeWokenByTheObjectsOfASplitBundleAndByNoNamesake() {
    // given
    X509Certificate root = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate();
    TrustContent content = new TrustContent(new TreeMap<>(Map.of(1, root)), List.of());
    String name = SplitObjects.names(CA.getSpec().trustBundles().get(1), content).iterator().next();
    assertThat(concerns.of(labelled("gateway", name))).isEmpty();

    // when
    splitNames.note(CA, content);

    // then: not by every name that a tenant can make up
    assertThat(concerns.of(labelled("gateway", name))).containsExactly(ROOT);
    assertThat(concerns.of(labelled("tenant", name))).isEmpty();
    assertThat(concerns.of(labelled("gateway", "kong"))).isEmpty();
    assertThat(concerns.of(labelled("gateway", "kong-x0123456789abcdef"))).isEmpty();
    assertThat(concerns.of(labelled("gateway", name.replace("kong", "clients")))).isEmpty();
  }

  @Test
  void shouldNotBeWokenByAPlaceThatIsLeftAlone() {
    // given
    held.add(TrustPlace.of(labelled("gateway", "clients")).orElseThrow());
    held.add(TrustPlace.of(labelled("shop", "clients")).orElseThrow());

    // then
    assertThat(concerns.of(sealed("gateway", "clients"))).isEmpty();
    // who may write beside it may have it look
    assertThat(concerns.of(sealed("shop", "clients"))).containsExactly(ROOT);
  }

  private static ConfigMap labelled(String namespace, String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withLabels(new HashMap<>(TrustCopy.labels("shop", "root")))
        .addToAnnotations(Keys.SEAL, "hmac-sha256:00")
        .endMetadata()
        .build();
  }

  private static HasMetadata sealed(String namespace, String name) {
    TrustTargets.Target target =
        new TrustTargets.Target(
            CA.getSpec().trustBundles().get(0),
            TrustPlace.of(labelled(namespace, name)).orElseThrow());
    return TrustCopy.create(
        CA, target, new TrustContent(new TreeMap<>(), AdditionalEntries.none()), NOW, SEAL);
  }

  private static Map<String, Namespace> namespaces() {
    return Map.of(
        "gateway", namespace("gateway", "yes", "shop"),
        "tenant", namespace("tenant", "no", "shop"),
        "silent", namespace("silent", "yes", "elsewhere"));
  }

  private static Namespace namespace(String name, String gateway, String accepted) {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("gateway", gateway)
        .addToAnnotations("mtls-operator.dev/accept-trust-from", accepted)
        .endMetadata()
        .build();
  }

  private static final class OneRootCA implements IndexerResourceCache<RootCA> {
    private final Map<String, Function<RootCA, List<String>>> indexers = new HashMap<>();

    @Override
    public void addIndexers(Map<String, Function<RootCA, List<String>>> more) {
      indexers.putAll(more);
    }

    @Override
    public List<RootCA> byIndex(String index, String key) {
      return indexers.get(index).apply(CA).contains(key) ? List.of(CA) : List.of();
    }

    @Override
    public Optional<RootCA> get(ResourceID id) {
      return id.equals(ROOT) ? Optional.of(CA) : Optional.empty();
    }

    @Override
    public Stream<ResourceID> keys() {
      return Stream.of(ROOT);
    }

    @Override
    public Stream<RootCA> list(Predicate<RootCA> wanted) {
      return Stream.of(CA).filter(wanted);
    }

    @Override
    public Stream<RootCA> list(String namespace, Predicate<RootCA> wanted) {
      return list(wanted);
    }
  }
}
