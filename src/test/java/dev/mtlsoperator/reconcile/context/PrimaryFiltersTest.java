package dev.mtlsoperator.reconcile.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.leaf.LeafReportFixture;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.informers.impl.cache.CacheImpl;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What of our own resources lies in the caches, whatever others add to their metadata. */
final class PrimaryFiltersTest {
  private static final String LONG = "x".repeat(200_000);

  private static ServerCert leaf(Map<String, String> annotations) {
    ServerCert leaf =
        Serialization.unmarshal(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ServerCert
            metadata:
              {name: web, namespace: shop, uid: uid-of-web, resourceVersion: "7", generation: 3,
               creationTimestamp: "2026-11-23T12:00:00Z", deletionTimestamp: "2026-11-24T12:00:00Z"}
            spec: {rootCARef: {name: root}, dnsNames: [web.example.org]}
            """,
            ServerCert.class);
    leaf.getMetadata().setAnnotations(new HashMap<>(annotations));
    return leaf;
  }

  private static ServerCert fat(String renew) {
    ServerCert leaf =
        leaf(
            Map.of(
                Api.GROUP + "/anything", LONG, "example.org/a", LONG, Api.RENEW_ANNOTATION, renew));
    leaf.getMetadata().setLabels(Map.of("example.org/" + "l".repeat(60), "v"));
    leaf.getMetadata().setFinalizers(List.of("example.org/" + LONG));
    leaf.getMetadata()
        .setOwnerReferences(List.of(new OwnerReferenceBuilder().withName(LONG).build()));
    return leaf;
  }

  @Test
  void shouldKeepLittleOfWhatOthersAdd() {
    ServerCert kept = PrimaryFilters.slim(fat(LONG));

    assertThat(Serialization.asJson(kept)).hasSizeLessThan(3000);
    assertThat(kept.getMetadata().getUid()).isEqualTo("uid-of-web");
    assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(kept.getMetadata().getGeneration()).isEqualTo(3);
    assertThat(kept.getMetadata().getCreationTimestamp()).isEqualTo("2026-11-23T12:00:00Z");
    assertThat(kept.getMetadata().getDeletionTimestamp()).isEqualTo("2026-11-24T12:00:00Z");
  }

  @Test
  void shouldKeepLittleInTheCacheOfOneOfSeveralNamespaces() {
    CacheImpl<ServerCert> cache = new CacheImpl<>();
    cache.addIndexers(Map.of(PrimaryFilters.SLIM, PrimaryFilters::index));

    cache.put(fat("now"));

    assertThat(cache.list())
        .singleElement()
        .satisfies(kept -> assertThat(Serialization.asJson(kept)).hasSizeLessThan(1500))
        .satisfies(kept -> assertThat(LeafReportFixture.renew(kept)).isEqualTo("now"));
  }

  @Test
  void shouldKeepWhatAnybodyAsksFor() {
    String fingerprint = "sha256:" + "ab".repeat(32);
    Map<String, String> asked =
        Map.of(
            Api.RENEW_ANNOTATION,
            "1",
            Api.ROTATE_ANNOTATION,
            "2",
            Api.ADOPT_ANNOTATION,
            fingerprint,
            Api.ADVANCE_ANNOTATION,
            fingerprint,
            Api.DISTRUST_ANNOTATION,
            fingerprint,
            Api.ACCEPT_ADVICE_ANNOTATION,
            "ed25519,p521");

    assertThat(PrimaryFilters.slim(leaf(asked)).getMetadata().getAnnotations()).isEqualTo(asked);
  }

  @Test
  void shouldWakeForAcceptedAdviceAndBoundIt() {
    ServerCert silent = leaf(Map.of());
    ServerCert accepting = leaf(Map.of(Api.ACCEPT_ADVICE_ANNOTATION, "ed25519"));
    ServerCert verbose = leaf(Map.of(Api.ACCEPT_ADVICE_ANNOTATION, "x".repeat(200_000)));

    assertThat(PrimaryFilters.wakes(accepting, silent)).isTrue();
    assertThat(PrimaryFilters.wakes(accepting, accepting)).isFalse();
    assertThat(Serialization.asJson(PrimaryFilters.slim(verbose))).hasSizeLessThan(6000);
  }

  @Test
  void shouldTellLongRequestsApartWithinTheRoomOfAStatus() {
    String one = LiveAndCached.renew(LONG + "1");

    assertThat(one).hasSizeLessThanOrEqualTo(1024).isNotEqualTo(LiveAndCached.renew(LONG + "2"));
    assertThat(PrimaryFilters.wakes(fat(LONG + "1"), fat(LONG + "2"))).isTrue();
  }

  @Test
  void shouldNotWakeForWhatIsNotRead() {
    assertThat(
            PrimaryFilters.wakes(
                PrimaryFilters.slim(leaf(Map.of("example.org/a", "1"))), leaf(Map.of())))
        .isFalse();
  }

  @Test
  void shouldReadTheSameRotationInCacheAndOnTheApiServer() {
    RootCA live = new RootCA();
    live.getMetadata().setAnnotations(Map.of(Api.ROTATE_ANNOTATION, LONG));
    RootCA cached = new RootCA();
    cached.getMetadata().setAnnotations(Map.of(Api.ROTATE_ANNOTATION, LONG));

    assertThat(CaAnnotations.requests(PrimaryFilters.slim(cached)).rotate())
        .isEqualTo(CaAnnotations.requests(live).rotate())
        .hasValue("x".repeat(1024));
  }

  /** A request as it is read from the API server, which has to be the one in the cache. */
  private static final class LiveAndCached {
    static String renew(String value) {
      String live = LeafReportFixture.renew(leaf(Map.of(Api.RENEW_ANNOTATION, value)));
      assertThat(LeafReportFixture.renew(PrimaryFilters.slim(fat(value)))).isEqualTo(live);
      return String.valueOf(live);
    }
  }
}
