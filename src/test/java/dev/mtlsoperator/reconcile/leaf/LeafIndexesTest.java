package dev.mtlsoperator.reconcile.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.kube.StartGate;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.impl.cache.CacheImpl;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which leaves a Secret belongs to. */
final class LeafIndexesTest {
  private final Leaves leaves = new Leaves();

  @Test
  void shouldFindTheLeavesOfASecretByItsName() {
    leaves.put("web", "");
    leaves.put("api", ", secretName: shared");
    leaves.put("other", ", secretName: shared");
    leaves.put("elsewhere", ", secretName: elsewhere");

    assertThat(of("web")).containsExactly("web");
    assertThat(of("shared")).containsExactlyInAnyOrder("api", "other");
    assertThat(of("elsewhere")).containsExactly("elsewhere");
  }

  @Test
  void shouldNotTakeALeafForTheOwnerOfItsNamesake() {
    leaves.put("web", ", secretName: web-tls");
    leaves.put("api", ", secretName: web");

    assertThat(of("web")).containsExactly("api");
    assertThat(of("web-tls")).containsExactly("web");
    assertThat(of("api")).isEmpty();
  }

  private List<String> of(String secret) {
    Secret found =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName(secret)
            .endMetadata()
            .build();
    return LeafIndexes.ofSecret(leaves, found).map(leaf -> leaf.getMetadata().getName()).toList();
  }

  private static final class Leaves implements IndexerResourceCache<ServerCert> {
    private final CacheImpl<ServerCert> cache = new CacheImpl<>();

    Leaves() {
      LeafIndexes.addTo(
          this, new WatchGuard(new StartGate(), new UnexpectedExceptions(part -> {})));
    }

    void put(String name, String more) {
      cache.put(
          Serialization.unmarshal(
              """
              apiVersion: mtls-operator.dev/v1alpha1
              kind: ServerCert
              metadata: {name: %s, namespace: shop}
              spec: {rootCARef: {name: root}, dnsNames: [web.example.org]%s}
              """
                  .formatted(name, more),
              ServerCert.class));
    }

    @Override
    public void addIndexers(Map<String, Function<ServerCert, List<String>>> indexers) {
      cache.addIndexers(indexers);
    }

    @Override
    public List<ServerCert> byIndex(String index, String key) {
      return cache.byIndex(index, key);
    }

    @Override
    public Optional<ServerCert> get(ResourceID id) {
      return Optional.ofNullable(
          cache.getByKey(Cache.namespaceKeyFunc(id.getNamespace().orElse(null), id.getName())));
    }

    @Override
    public Stream<ResourceID> keys() {
      return cache.list().stream().map(ResourceID::fromResource);
    }

    @Override
    public Stream<ServerCert> list(Predicate<ServerCert> wanted) {
      return cache.list().stream().filter(wanted);
    }

    @Override
    public Stream<ServerCert> list(String namespace, Predicate<ServerCert> wanted) {
      return list(wanted);
    }
  }
}
