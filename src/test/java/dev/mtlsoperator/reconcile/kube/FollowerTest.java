package dev.mtlsoperator.reconcile.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whom a change wakes of an object that another controller watches. */
final class FollowerTest {
  private static final String LABEL = "example.org/leaf";

  private final List<ResourceID> woken = new ArrayList<>();
  private final Follower<Secret, ServerCert> follower =
      new Follower<>(
          Secret.class,
          "secrets",
          secret ->
              secret.getMetadata().getLabels().containsKey(LABEL)
                  ? Set.of(new ResourceID(secret.getMetadata().getLabels().get(LABEL), "shop"))
                  : Set.of(),
          (now, before) -> !now.getData().equals(before.getData()));

  FollowerTest() {
    follower.setEventHandler(event -> woken.add(event.getRelatedCustomResourceID()));
  }

  @Test
  void shouldWakeForWhatAppearsOrDisappears() {
    follower.changed(secret(Map.of(LABEL, "web"), "1"));
    follower.changed(secret(Map.of(), "1"));

    assertThat(woken).containsExactly(new ResourceID("web", "shop"));
  }

  @Test
  void shouldWakeOnceForAnUpdateThatCounts() {
    follower.updated(secret(Map.of(LABEL, "web"), "1"), secret(Map.of(LABEL, "web"), "1"));
    assertThat(woken).isEmpty();

    follower.updated(secret(Map.of(LABEL, "web"), "1"), secret(Map.of(LABEL, "web"), "2"));
    assertThat(woken).containsExactly(new ResourceID("web", "shop"));
  }

  @Test
  void shouldWakeForWhatAnObjectCeasedToBe() {
    follower.updated(secret(Map.of(LABEL, "web"), "1"), secret(Map.of(), "2"));

    assertThat(woken).containsExactly(new ResourceID("web", "shop"));
  }

  private static Secret secret(Map<String, String> labels, String value) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("any")
        .withLabels(labels)
        .endMetadata()
        .withData(Map.of("key", value))
        .build();
  }
}
