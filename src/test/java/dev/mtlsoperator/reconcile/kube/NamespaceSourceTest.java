package dev.mtlsoperator.reconcile.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What of a namespace lies in the caches, whatever others add to its metadata. */
final class NamespaceSourceTest {
  private static final String LONG = "x".repeat(200_000);

  @Test
  void shouldKeepOnlyWhatIsReadOfANamespace() {
    // given
    Namespace whole =
        new NamespaceBuilder()
            .withNewMetadata()
            .withName("shop")
            .withUid("uid-of-shop")
            .withResourceVersion("7")
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .addToLabels("gateway", "yes")
            .addToAnnotations(Api.ACCEPT_TRUST_ANNOTATION, "ca, other")
            .addToAnnotations(Api.CLUSTER_TRUST_ANNOTATION, "true")
            .addToAnnotations("kubectl.kubernetes.io/last-applied-configuration", LONG)
            .addToAnnotations("openshift.io/requester", LONG)
            .addToFinalizers(LONG)
            .addToManagedFields(new ManagedFieldsEntryBuilder().withManager(LONG).build())
            .endMetadata()
            .withNewSpec()
            .addToFinalizers("kubernetes")
            .endSpec()
            .build();

    // when
    Namespace kept = NamespaceSource.slim(whole);

    // then
    assertThat(Serialization.asJson(kept)).hasSizeLessThan(1000);
    assertThat(kept.getMetadata().getName()).isEqualTo("shop");
    assertThat(kept.getMetadata().getUid()).isEqualTo("uid-of-shop");
    assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(kept.getMetadata().getLabels()).isEqualTo(Map.of("gateway", "yes"));
    assertThat(TrustTargets.isTerminating(kept)).isTrue();
    assertThat(TrustTargets.accepts(kept, "ca")).isTrue();
    assertThat(TrustTargets.accepts(kept, "other")).isTrue();
    assertThat(TrustTargets.allowsClusterTrust(kept)).isTrue();
  }
}
