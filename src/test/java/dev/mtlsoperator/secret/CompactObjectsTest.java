package dev.mtlsoperator.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.secret.cache.RedactedSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** What lies in the caches for years: it says the same, in fewer objects. */
final class CompactObjectsTest {
  private static final String BUNDLE = "QQ==".repeat(300);
  private static final Seal SEAL = new Seal(new byte[32]);

  // parsed anew each time, as each object of a watch is
  private static Secret secret(String name) {
    return Serialization.unmarshal(
        """
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
         "metadata": {"name": "%1$s", "namespace": "shop", "uid": "uid-of-%1$s", "resourceVersion": "7",
           "labels": {"mtls-operator.dev/kind": "ServerCert"},
           "annotations": {"example.org/long": "%2$s", "example.org/short": "1"},
           "finalizers": ["example.org/hold"],
           "ownerReferences": [{"apiVersion": "mtls-operator.dev/v1alpha1", "kind": "ServerCert",
             "name": "%1$s", "uid": "uid-of-leaf", "controller": true}]},
         "data": {"ca.crt": "%3$s", "tls.crt": "QUJD"}}
        """
            .formatted(name, "x".repeat(100), BUNDLE),
        Secret.class);
  }

  @Test
  void shouldSayTheSame() {
    assertThat(CompactObjects.of(secret("web"))).isEqualTo(secret("web"));
  }

  @Test
  void shouldShareWhatManyHave() {
    Secret one = RedactedSecret.ofLeaf(secret("one"), SEAL);
    Secret two = RedactedSecret.ofLeaf(secret("two"), SEAL);

    assertThat(one.getData().get("ca.crt")).isEqualTo(BUNDLE).isSameAs(two.getData().get("ca.crt"));
    assertThat(one.getType()).isSameAs(two.getType());
    assertThat(one.getMetadata().getNamespace()).isSameAs(two.getMetadata().getNamespace());
    assertThat(one.getMetadata().getLabels().get(Keys.KIND_LABEL))
        .isSameAs(two.getMetadata().getLabels().get(Keys.KIND_LABEL));
    assertThat(one.getMetadata().getOwnerReferences().get(0).getKind())
        .isSameAs(two.getMetadata().getOwnerReferences().get(0).getKind());
    assertThat(one.getMetadata().getAdditionalProperties())
        .isSameAs(two.getMetadata().getAdditionalProperties());
  }

  @Test
  void shouldBeCopiedByABuilderAndNotModified() {
    Secret compact = CompactObjects.of(secret("web"));

    Secret edited =
        new SecretBuilder(compact)
            .editMetadata()
            .addToAnnotations("example.org/more", "2")
            .addToFinalizers("example.org/other")
            .endMetadata()
            .addToData("key", "QQ==")
            .build();

    assertThat(edited.getMetadata().getAnnotations()).hasSize(3);
    assertThat(edited.getMetadata().getFinalizers()).hasSize(2);
    assertThat(compact).isEqualTo(secret("web"));
    assertThatThrownBy(() -> compact.getMetadata().getAnnotations().put("a", "b"))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
