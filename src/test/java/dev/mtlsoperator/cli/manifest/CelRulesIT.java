package dev.mtlsoperator.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.cli.manifest.CrdRules.Judged;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.RunningOperator;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * The rules of the CRDs mean to the real API server what they mean to {@link CrdRules}, by which
 * {@link CelRulesProperties} compares them with those in Java.
 */
final class CelRulesIT {
  private static final EmbeddedCluster CLUSTER = EmbeddedCluster.shared();

  @BeforeContainer
  static void establishTheCrds() {
    RunningOperator.installKinds(CLUSTER);
  }

  @Property(tries = 150, seed = "24", edgeCases = EdgeCasesMode.NONE)
  void shouldJudgeARootCAAsTheApiServer(@ForAll("rootCAs") ObjectNode resource) {
    shouldAgree(CrdFixture.ROOT_CA, resource);
  }

  @Property(tries = 100, seed = "25", edgeCases = EdgeCasesMode.NONE)
  void shouldJudgeAServerCertAsTheApiServer(@ForAll("serverCerts") ObjectNode resource) {
    shouldAgree(CrdFixture.SERVER_CERT, resource);
  }

  @Property(tries = 100, seed = "26", edgeCases = EdgeCasesMode.NONE)
  void shouldJudgeAClientCertAsTheApiServer(@ForAll("clientCerts") ObjectNode resource) {
    shouldAgree(CrdFixture.CLIENT_CERT, resource);
  }

  @Provide
  Arbitrary<ObjectNode> rootCAs() {
    return CrdFixture.ROOT_CA.resources();
  }

  @Provide
  Arbitrary<ObjectNode> serverCerts() {
    return CrdFixture.SERVER_CERT.resources();
  }

  @Provide
  Arbitrary<ObjectNode> clientCerts() {
    return CrdFixture.CLIENT_CERT.resources();
  }

  /**
   * A cause that the API server must give.
   *
   * @param field the field that it names
   * @param end of its message
   */
  private record Expected(String field, String end) {
    boolean is(StatusCause cause) {
      return cause.getField().equals(field) && cause.getMessage().endsWith(end);
    }
  }

  private static void shouldAgree(CrdFixture kind, ObjectNode resource) {
    // given
    ObjectNode completed = kind.completed(resource);
    List<CrdBounds.Broken> bounds = kind.broken(completed);
    List<Expected> expected = new ArrayList<>();
    bounds.forEach(broken -> expected.add(new Expected(broken.violation().path(), "")));
    if (bounds.stream().noneMatch(CrdBounds.Broken::blocks)) {
      kind.rules().judge(completed, null).stream()
          .filter(judged -> !judged.holds())
          .forEach(judged -> expected.add(expected(judged)));
    }

    // when
    List<StatusCause> causes =
        dryRun(kind, resource).stream()
            .filter(cause -> !cause.getMessage().contains("some validation rules were not checked"))
            .toList();

    // then
    assertThat(expected)
        .as("%s", resource)
        .hasSameSizeAs(causes)
        .allMatch(one -> causes.stream().anyMatch(one::is), "of " + causes);
    assertThat(causes)
        .as("%s", resource)
        .allMatch(cause -> expected.stream().anyMatch(one -> one.is(cause)), "of " + expected);
  }

  private static Expected expected(Judged judged) {
    // of the keys of a map the API server quotes any
    boolean any =
        judged.rule().says() != null && judged.rule().says().text().contains("self.filter(");
    return new Expected(
        judged.path().isEmpty() ? "<nil>" : judged.path(),
        any ? judged.rule().message() : judged.message());
  }

  private static List<StatusCause> dryRun(CrdFixture kind, ObjectNode resource) {
    String plural = kind.type().getSimpleName().toLowerCase(Locale.ROOT) + "s";
    try {
      CLUSTER
          .client()
          .raw(
              "/apis/%s/%s/namespaces/default/%s?dryRun=All&fieldValidation=Strict"
                  .formatted(Api.GROUP, Api.VERSION, plural),
              "POST",
              resource);
      return List.of();
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).as(e.getMessage()).isEqualTo(422);
      return e.getStatus().getDetails().getCauses();
    }
  }
}
