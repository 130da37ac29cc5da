package dev.mtlsoperator.secret.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.NamespaceSelector;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.secret.trust.TrustTargets.ClusterApi;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where copies of a trust bundle belong: selection, consent, and what is left out. */
public final class TrustTargetsTest {
  private static final Namespaces ALL = new Namespaces(Namespaces.From.All, null);
  private static final Namespaces GATEWAYS =
      new Namespaces(
          Namespaces.From.Selector, new NamespaceSelector(Map.of("gateway", "yes"), List.of()));

  private static final TrustContent CONTENT = new TrustContent(new TreeMap<>(), List.of());

  private static final Namespace OWN = namespace("shop", Map.of(), Map.of());

  @Test
  void shouldNeedNoConsentInItsOwnNamespace() {
    assertThat(places(bundle(TrustBundleKind.ConfigMap, "copy", null), List.of()))
        .containsExactly("ConfigMap 'shop/copy'");
    assertThat(places(bundle(TrustBundleKind.Secret, "copy", GATEWAYS), List.of(OWN)))
        .containsExactly("Secret 'shop/copy'");
  }

  @Test
  void shouldTakeOnlyNamespacesThatAreMeantAndAgree() {
    // given
    List<Namespace> all =
        List.of(
            OWN,
            namespace("meant", Map.of("gateway", "yes"), accepting("shop")),
            namespace("among", Map.of("gateway", "yes"), accepting("bank , shop")),
            namespace("anybody", Map.of("gateway", "yes"), accepting("*")),
            namespace("silent", Map.of("gateway", "yes"), Map.of()),
            namespace("another", Map.of("gateway", "yes"), accepting("shopping,sho")),
            namespace("unmeant", Map.of("gateway", "no"), accepting("*")));

    // then
    assertThat(places(bundle(TrustBundleKind.ConfigMap, "copy", GATEWAYS), all))
        .containsExactlyInAnyOrder(
            "ConfigMap 'shop/copy'",
            "ConfigMap 'meant/copy'",
            "ConfigMap 'among/copy'",
            "ConfigMap 'anybody/copy'");
    assertThat(places(bundle(TrustBundleKind.ConfigMap, "copy", ALL), all))
        .contains("ConfigMap 'unmeant/copy'")
        .doesNotContain("ConfigMap 'silent/copy'", "ConfigMap 'another/copy'");
  }

  @Test
  void shouldTellNothingOfWhatDoesNotAgree() {
    // given: the trust ConfigMap's own name, so that the own namespace is none
    TrustBundle bundle = bundle(TrustBundleKind.ConfigMap, "root-trust", GATEWAYS);
    Namespace silent = namespace("silent", Map.of("gateway", "yes"), Map.of());

    // then
    assertThat(targets(bundle, List.of(OWN, silent)).skipped())
        .isEqualTo(targets(bundle, List.of(OWN)).skipped())
        .singleElement()
        .asString()
        .contains("agrees by the annotation mtls-operator.dev/accept-trust-from=shop");
  }

  @Test
  void shouldNameANamespaceThatGoes() {
    // given
    Namespace going = namespace("going", Map.of(), accepting("*"));
    going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

    // when
    TrustTargets targets =
        targets(bundle(TrustBundleKind.Secret, "copy", ALL), List.of(OWN, going));

    // then
    assertThat(targets.targets()).hasSize(1);
    assertThat(targets.skipped())
        .containsExactly("Secret 'going/copy' is not written: its namespace is being deleted");
  }

  @Test
  void shouldNotGuessWhereNamespacesAreNotKnown() {
    TrustTargets targets =
        TrustTargets.of(
            ca(
                bundle(TrustBundleKind.Secret, "copy", ALL),
                bundle(TrustBundleKind.ClusterTrustBundle, "copy", null)),
            CONTENT,
            Set.of(),
            Optional.empty(),
            ClusterApi.SERVED);

    assertThat(targets.targets()).isEmpty();
    assertThat(targets.unseen()).singleElement().asString().contains("Secret 'copy'");
    assertThat(targets.skipped())
        .singleElement()
        .asString()
        .contains("ClusterTrustBundle 'mtls-operator.shop.copy' is not written");
  }

  @Test
  void shouldWriteForTheWholeClusterOnlyWhereAnAdministratorAllowsIt() {
    // given
    TrustBundle bundle = bundle(TrustBundleKind.ClusterTrustBundle, "copy", null);
    Namespace allowed =
        namespace(
            "shop", Map.of(), Map.of("mtls-operator.dev/allow-cluster-trust-bundles", "true"));

    // then
    assertThat(targets(bundle, List.of(allowed)).targets())
        .singleElement()
        .satisfies(
            target ->
                assertThat(target.place())
                    .hasToString("ClusterTrustBundle 'mtls-operator.shop.copy'"));
    assertThat(targets(bundle, List.of(OWN)).targets()).isEmpty();
    assertThat(
            TrustTargets.of(
                    ca(bundle),
                    CONTENT,
                    Set.of(),
                    Optional.of(List.of(allowed)),
                    ClusterApi.MISSING)
                .skipped())
        .singleElement()
        .asString()
        .contains("does not serve ClusterTrustBundles");
  }

  private static Map<String, String> accepting(String from) {
    return Map.of("mtls-operator.dev/accept-trust-from", from);
  }

  private static List<String> places(TrustBundle bundle, Collection<Namespace> namespaces) {
    return targets(bundle, namespaces).targets().stream()
        .map(target -> target.place().toString())
        .toList();
  }

  private static TrustTargets targets(TrustBundle bundle, Collection<Namespace> namespaces) {
    return TrustTargets.of(
        ca(bundle), CONTENT, Set.of(), Optional.of(namespaces), ClusterApi.SERVED);
  }

  static TrustBundle bundle(TrustBundleKind kind, String name, @Nullable Namespaces namespaces) {
    return new TrustBundle(kind, name, namespaces, null, null, null, Map.of(), Map.of());
  }

  public static RootCA ca(TrustBundle... bundles) {
    RootCA ca = aRootCA();
    RootCASpec s = ca.getSpec();
    ca.setSpec(
        new RootCASpec(
            s.commonName(),
            s.subject(),
            s.literalSubject(),
            s.duration(),
            s.renewBefore(),
            s.privateKey(),
            s.importFrom(),
            s.nameConstraints(),
            s.allowedNamespaces(),
            s.policy(),
            List.of(bundles),
            s.additionalTrust(),
            s.rotation(),
            s.deletionPolicy(),
            s.objectMetadata(),
            s.revocation()));
    return ca;
  }

  private static Namespace namespace(
      String name, Map<String, String> labels, Map<String, String> annotations) {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .build();
  }
}
