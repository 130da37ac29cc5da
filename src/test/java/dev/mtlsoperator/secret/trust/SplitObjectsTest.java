package dev.mtlsoperator.secret.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.secret.trust.TrustTargetsTest.ca;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.api.ca.TrustBundleSplit;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.TrustCopy.Found;
import dev.mtlsoperator.secret.trust.TrustCopy.State;
import dev.mtlsoperator.secret.trust.TrustTargets.ClusterApi;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bundles with one object for each certificate: names, ids, places and content. */
final class SplitObjectsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final X509Certificate FIRST = root();
  private static final X509Certificate SECOND = root();
  private static final X509Certificate PARTNER = root();

  private static final TrustBundle KONG =
      new TrustBundle(
          TrustBundleKind.ConfigMap,
          "kong",
          null,
          new TrustBundleKeys(null, null, null, "id"),
          TrustBundleSplit.PerCertificate,
          null,
          Map.of("konghq.com/ca-cert", "true"),
          Map.of("kubernetes.io/ingress.class", "kong"));

  private static final RootCA CA = ca(KONG);

  @Test
  void shouldDeriveNamesAndIdsFromTheCertificateAlone() {
    // given
    String hex = Fingerprint.of(FIRST).text().substring("sha256:".length());

    // when
    String name = SplitObjects.name(KONG, FIRST);
    String id = SplitObjects.id(FIRST);

    // then
    assertThat(name).isEqualTo("kong-x" + hex.substring(0, 16));
    assertThat(SplitObjects.bundle(name)).contains("kong");
    assertThat(SplitObjects.bundle("kong-x" + hex.substring(0, 15))).isEmpty();
    assertThat(SplitObjects.bundle("kong")).isEmpty();
    // what Kong checks
    assertThat(id).matches("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$");
    assertThat(UUID.fromString(id).version()).isEqualTo(8);
    assertThat(UUID.fromString(id).variant()).isEqualTo(2);
    assertThat(id).startsWith(hex.substring(0, 8) + "-" + hex.substring(8, 12));
    assertThat(SplitObjects.id(SECOND)).isNotEqualTo(id);
  }

  @Test
  void shouldKeepItsPlacesThroughARotation() {
    // given
    TrustContent before = content(Map.of(1, FIRST));
    TrustContent during = content(Map.of(1, FIRST, 2, SECOND), PARTNER);
    TrustContent after = content(Map.of(2, SECOND), PARTNER);

    // then
    assertThat(places(before)).containsExactly(place(FIRST));
    assertThat(places(during)).containsExactly(place(FIRST), place(SECOND), place(PARTNER));
    assertThat(places(after)).containsExactly(place(SECOND), place(PARTNER));
    assertThat(places(content(Map.of()))).isEmpty();
  }

  @Test
  void shouldHaveOneObjectForTheRootOfSeveralGenerations() {
    // given
    TrustContent content = content(Map.of(1, FIRST, 2, FIRST, 3, SECOND));

    // when
    List<Target> targets = targets(KONG, content, Set.of(), List.of()).targets();

    // then
    assertThat(targets).hasSize(2);
    assertThat(targets.get(0).of(content).generations()).containsOnlyKeys(1, 2);
    assertThat(targets.get(0).heldByOthers(content)).containsExactly(3);
    assertThat(targets.get(1).of(content).generations()).containsOnlyKeys(3);
    assertThat(targets.get(1).heldByOthers(content)).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void shouldHaveObjectsInEachNamespaceThatAgreesAndStays() {
    // given
    Namespace going = namespace("going");
    going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    TrustBundle everywhere =
        new TrustBundle(
            TrustBundleKind.Secret,
            "root-trust",
            new Namespaces(Namespaces.From.All, null),
            null,
            TrustBundleSplit.PerCertificate,
            null,
            Map.of(),
            Map.of());
    TrustContent content = content(Map.of(1, FIRST, 2, SECOND));

    // when
    TrustTargets targets =
        targets(
            everywhere, content, Set.of(), List.of(namespace("shop"), namespace("gateway"), going));

    // then: also under the name of the trust ConfigMap, which is no object's
    assertThat(targets.targets())
        .extracting(target -> target.place().namespace())
        .containsExactly("shop", "shop", "gateway", "gateway");
    assertThat(targets.skipped())
        .containsExactly(
            "Secret 'going/root-trust' is not written: its namespace is being deleted");
  }

  @Test
  void shouldBoundTheObjectsAndLetNoneDisplaceAnother() {
    // given
    List<X509Certificate> partners =
        IntStream.range(0, SplitObjects.MOST + 6)
            .mapToObj(i -> root())
            .collect(Collectors.toCollection(ArrayList::new));
    List<X509Certificate> old = List.copyOf(partners.subList(6, partners.size()));
    Set<TrustPlace> existing = old.stream().map(SplitObjectsTest::at).collect(Collectors.toSet());
    TrustContent content =
        content(Map.of(1, FIRST, 2, SECOND), partners.toArray(new X509Certificate[0]));

    // when
    TrustTargets targets = targets(KONG, content, existing, List.of());

    // then: the CA's own first, and nothing new
    assertThat(targets.targets()).hasSize(SplitObjects.MOST);
    List<TrustPlace> places = targets.targets().stream().map(Target::place).toList();
    assertThat(places).startsWith(at(FIRST), at(SECOND));
    assertThat(existing).containsAll(places.subList(2, places.size()));
    assertThat(targets.skipped())
        .containsExactly(
            "ConfigMap 'shop/kong' is not written for 8 certificates of additionalTrust: with split there are at most 64 objects. Remove some certificates, or leave split out");

    // when: in another order
    Collections.reverse(partners);
    TrustContent reversed =
        content(Map.of(1, FIRST, 2, SECOND), partners.toArray(new X509Certificate[0]));

    // then
    assertThat(
            targets(KONG, reversed, Set.copyOf(places), List.of()).targets().stream()
                .map(Target::place))
        .containsExactlyInAnyOrderElementsOf(places);
  }

  @Test
  void shouldHoldExactlyOneCertificateAndItsId() {
    // given
    TrustContent during = content(Map.of(1, FIRST, 2, SECOND), PARTNER);

    // when
    ConfigMap written = (ConfigMap) TrustCopy.create(CA, target(SECOND), during, NOW, SEAL);

    // then
    assertThat(written.getData())
        .containsOnly(
            Map.entry("ca.crt", Pem.write(SECOND)), Map.entry("id", SplitObjects.id(SECOND)));
    assertThat(written.getMetadata().getName()).isEqualTo(SplitObjects.name(KONG, SECOND));
    assertThat(written.getMetadata().getLabels()).containsEntry("konghq.com/ca-cert", "true");
    // consumers may have the others already
    assertThat(written.getMetadata().getAnnotations())
        .containsEntry("kubernetes.io/ingress.class", "kong")
        .containsEntry(Keys.TRUSTS, "2")
        .containsEntry(Keys.TRUST_SINCE, NOW.toString());
  }

  @Test
  void shouldNotTouchAnObjectWhenTheBundleChanges() {
    // given
    HasMetadata written = TrustCopy.create(CA, target(FIRST), content(Map.of(1, FIRST)), NOW, SEAL);

    // then
    assertThat(judge(content(Map.of(1, FIRST)), written)).isEqualTo(ours(State.CURRENT, 1));
    assertThat(judge(content(Map.of(1, FIRST, 2, SECOND), PARTNER), written))
        .isEqualTo(ours(State.CURRENT, 1));
    // a second generation under the same root
    assertThat(judge(content(Map.of(1, FIRST, 2, FIRST)), written))
        .isEqualTo(ours(State.OUTDATED, 1));
  }

  @Test
  void shouldTellWhatIsSomebodyElsesOrWasChanged() {
    // given
    TrustContent content = content(Map.of(1, FIRST, 2, SECOND));
    ConfigMap ours = (ConfigMap) TrustCopy.create(CA, target(FIRST), content, NOW, SEAL);
    ConfigMap foreign =
        ours.edit()
            .editMetadata()
            .withLabels(Map.of())
            .withAnnotations(Map.of())
            .endMetadata()
            .build();
    ConfigMap otherId = ours.edit().addToData("id", UUID.randomUUID().toString()).build();
    ConfigMap otherCertificate = ours.edit().addToData("ca.crt", Pem.write(SECOND)).build();
    otherCertificate.getMetadata().getAnnotations().remove(Keys.SEAL);
    otherCertificate.getMetadata().setOwnerReferences(List.of());

    // then
    assertThat(judge(content, foreign)).isEqualTo(new Found.Foreign());
    assertThat(judge(content, otherId)).isEqualTo(ours(State.CHANGED));
    // the CA trusts it, but it does not belong there
    assertThat(judge(content, otherCertificate)).isEqualTo(new Found.Foreign());
    HasMetadata repaired = TrustCopy.replace(CA, target(FIRST), content, otherId, NOW, SEAL);
    assertThat(((ConfigMap) repaired).getData()).isEqualTo(ours.getData());
  }

  private static Found judge(TrustContent content, HasMetadata found) {
    return TrustCopy.judge(CA, target(FIRST), content, found, SEAL);
  }

  private static Found ours(State state, Integer... trusts) {
    return new Found.Ours(state, Set.of(trusts), Optional.of(NOW.toString()));
  }

  private static List<String> places(TrustContent content) {
    return targets(KONG, content, Set.of(), List.of()).targets().stream()
        .map(target -> target.place().toString())
        .toList();
  }

  private static TrustTargets targets(
      TrustBundle bundle,
      TrustContent content,
      Set<TrustPlace> existing,
      Collection<Namespace> namespaces) {
    return TrustTargets.of(
        ca(bundle), content, existing, Optional.of(namespaces), ClusterApi.SERVED);
  }

  private static Target target(X509Certificate certificate) {
    return new Target(KONG, at(certificate), Optional.of(certificate));
  }

  private static TrustPlace at(X509Certificate certificate) {
    return TrustPlace.in("shop", KONG.kind(), SplitObjects.name(KONG, certificate));
  }

  private static String place(X509Certificate certificate) {
    return at(certificate).toString();
  }

  private static TrustContent content(
      Map<Integer, X509Certificate> generations, X509Certificate... additional) {
    return new TrustContent(new TreeMap<>(generations), List.of(additional));
  }

  private static Namespace namespace(String name) {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(name)
        .addToAnnotations("mtls-operator.dev/accept-trust-from", "*")
        .endMetadata()
        .build();
  }

  private static X509Certificate root() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate();
  }
}
