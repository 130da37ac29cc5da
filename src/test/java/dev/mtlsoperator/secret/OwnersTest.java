package dev.mtlsoperator.secret;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.secret.ca.GenerationMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose an object is, beside others to whom it belongs as well. */
final class OwnersTest {
  private static final OwnerReference OTHERS = owner("v1", "uid-of-app", false);

  private final RootCA ca = aRootCA();

  private static OwnerReference owner(String apiVersion, String uid, boolean controller) {
    return new OwnerReferenceBuilder()
        .withApiVersion(apiVersion)
        .withKind("Thing")
        .withName("app")
        .withUid(uid)
        .withController(controller)
        .build();
  }

  private static Secret ownedBy(OwnerReference... owners) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName("root-ca-1")
        .withOwnerReferences(owners)
        .endMetadata()
        .build();
  }

  @Test
  void shouldKeepTheOwnersOfOthers() {
    OwnerReference own = Owners.reference(ca);

    assertThat(Owners.beside(ownedBy(OTHERS), List.of(own))).containsExactly(own, OTHERS);
    assertThat(Owners.same(List.of(OTHERS, own), List.of(own))).isTrue();
    assertThat(Owners.beside(ownedBy(OTHERS, own), List.of())).containsExactly(OTHERS);
    assertThat(Owners.beside(null, List.of(own))).containsExactly(own);
  }

  @Test
  void shouldTakeAwayFormerOwnersOfOurKinds() {
    OwnerReference former = owner("mtls-operator.dev/v1alpha1", "uid-of-a-former-one", true);
    OwnerReference own = Owners.reference(ca);

    assertThat(Owners.same(List.of(former), List.of(own))).isFalse();
    assertThat(Owners.same(List.of(former), List.of())).isFalse();
    assertThat(Owners.beside(ownedBy(former, OTHERS), List.of(own))).containsExactly(own, OTHERS);
  }

  @Test
  void shouldMakeOneControllerOnly() {
    OwnerReference other = owner("apps/v1", "uid-of-controller", true);

    assertThat(Owners.beside(ownedBy(other), List.of(Owners.reference(ca)))).hasSize(1);
    assertThat(Owners.beside(ownedBy(other), List.of())).containsExactly(other);
  }

  @Test
  void shouldKeepThemOnAGeneration() {
    Secret relabelled = GenerationMetadata.relabel(ca, ownedBy(OTHERS), 1);

    assertThat(relabelled.getMetadata().getOwnerReferences()).contains(OTHERS);
    assertThat(GenerationMetadata.isCurrent(ca, relabelled, 1)).isTrue();
  }
}
