package dev.mtlsoperator.reconcile.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ResourceOperations;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What follows a status write, by the API server's answer. */
final class StatusWritesTest {
  private static final Duration NEXT = Duration.ofHours(1);
  private static final String LONG = "x".repeat(200_000);

  private final ServerCert seen = PrimaryFilters.slim(leaf());

  private static ServerCert leaf() {
    ServerCert leaf =
        Serialization.unmarshal(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ServerCert
            metadata: {name: web, namespace: shop, uid: uid-of-web, resourceVersion: "7", generation: 3}
            spec: {rootCARef: {name: root}, dnsNames: [web.example.org]}
            """,
            ServerCert.class);
    leaf.getMetadata().setAnnotations(Map.of(Api.RENEW_ANNOTATION, LONG));
    return leaf;
  }

  /** Whether another run follows at once, if the resource was edited like that meanwhile. */
  private boolean looksAgainAfter(Consumer<ServerCert> edit) {
    ServerCert answer = leaf();
    answer.getMetadata().setResourceVersion("9");
    edit.accept(answer);
    UpdateControl<ServerCert> control =
        StatusWrites.write(answering(answer), seen, new ServerCert(), NEXT);
    assertThat(control.isNoUpdate()).as("it is written already").isTrue();
    Duration again = Duration.ofMillis(control.getScheduleDelay().orElseThrow());
    assertThat(again.equals(NEXT) || again.compareTo(Duration.ofSeconds(1)) < 0)
        .as("after %s", again)
        .isTrue();
    return !again.equals(NEXT);
  }

  @SuppressWarnings("unchecked")
  private static Context<ServerCert> answering(ServerCert answer) {
    ResourceOperations<ServerCert> operations =
        new ResourceOperations<>(null) {
          @Override
          public ServerCert serverSideApplyPrimaryStatus(ServerCert status) {
            return answer;
          }
        };
    return (Context<ServerCert>)
        Proxy.newProxyInstance(
            Context.class.getClassLoader(),
            new Class<?>[] {Context.class},
            (proxy, method, arguments) -> operations);
  }

  @Test
  void shouldRestAfterAWriteWithoutAnEdit() {
    assertThat(looksAgainAfter(answer -> {})).isFalse();
    assertThat(
            looksAgainAfter(
                answer -> answer.getMetadata().setLabels(Map.of("example.org/of-others", ""))))
        .isFalse();
  }

  @Test
  void shouldLookAgainAfterAnEditDuringTheWrite() {
    assertThat(looksAgainAfter(answer -> answer.getMetadata().setGeneration(4L))).isTrue();
    assertThat(
            looksAgainAfter(
                answer ->
                    answer.getMetadata().setAnnotations(Map.of(Api.RENEW_ANNOTATION, "again"))))
        .isTrue();
    assertThat(
            looksAgainAfter(
                answer ->
                    answer.getMetadata().setAnnotations(Map.of(Api.REVOKE_ANNOTATION, "current"))))
        .isTrue();
  }

  @Test
  void shouldRepeatARunThatIsNotSettledUnlessTheNextIsDueBefore() {
    assertThat(StatusWrites.lookAgain(NEXT)).isEqualTo(Duration.ofSeconds(2));
    assertThat(StatusWrites.lookAgain(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
  }
}
