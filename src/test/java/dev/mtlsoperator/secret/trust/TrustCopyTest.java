package dev.mtlsoperator.secret.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.secret.trust.TrustTargetsTest.ca;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.trust.TrustCopy.Found;
import dev.mtlsoperator.secret.trust.TrustCopy.State;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a copy of a trust bundle holds, and what shows whose it is. */
final class TrustCopyTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final X509Certificate FIRST = root();
  private static final X509Certificate SECOND = root();

  private static final TrustBundle JAVA =
      new TrustBundle(
          TrustBundleKind.Secret,
          "java",
          null,
          new TrustBundleKeys("ca.pem", "trust.p12", null, null),
          null,
          null,
          Map.of("team", "shop"),
          Map.of());

  @ParameterizedTest
  @EnumSource(TrustBundleKind.class)
  void shouldKnowItsOwn(TrustBundleKind kind) {
    // given
    Target target = target(TrustTargetsTest.bundle(kind, "copy", null), "there");
    RootCA ca = ca(target.bundle());

    // when
    HasMetadata written = TrustCopy.create(ca, target, content(1), NOW, SEAL);

    // then
    assertThat(TrustCopy.judge(ca, target, content(1), written, SEAL))
        .isInstanceOfSatisfying(
            Found.Ours.class,
            ours -> {
              assertThat(ours.state()).isEqualTo(State.CURRENT);
              assertThat(ours.trusts()).isEqualTo(Set.of(1));
              assertThat(ours.trustSince()).isEmpty();
            });
    assertThat(TrustCopy.judge(ca, target, content(1, 2), written, SEAL))
        .isInstanceOfSatisfying(
            Found.Ours.class, ours -> assertThat(ours.state()).isEqualTo(State.OUTDATED));
  }

  @Test
  void shouldNotTakeAnotherPlacesOrAnotherOperatorsSealForItsOwn() {
    // given
    Target here = target(JAVA, "here");
    Target there = target(JAVA, "there");
    RootCA ca = ca(JAVA);
    HasMetadata copied = TrustCopy.create(ca, here, content(1), NOW, SEAL);
    copied.getMetadata().setNamespace("there");
    Secret strange =
        (Secret)
            TrustCopy.create(
                ca,
                here,
                content(1),
                NOW,
                new Seal("another operator's key, 32 bytes or more".getBytes(UTF_8)));
    TrustContent other = new TrustContent(new TreeMap<>(Map.of(2, SECOND)), List.of());

    // then
    assertThat(TrustCopy.judge(ca, there, other, copied, SEAL)).isInstanceOf(Found.Foreign.class);
    assertThat(TrustCopy.judge(ca, here, other, strange, SEAL)).isInstanceOf(Found.Foreign.class);
    assertThat(TrustCopy.notes(copied, SEAL)).isEmpty();
    assertThat(
            TrustCopy.judge(
                ca, here, content(1), strange.edit().addToData("mine", "AAAA").build(), SEAL))
        .isInstanceOf(Found.Foreign.class);
    // from a backup, with another key of the seal: nothing in it is not ours
    assertThat(TrustCopy.judge(ca, here, content(1), strange, SEAL)).isInstanceOf(Found.Ours.class);
  }

  @ParameterizedTest
  @EnumSource(TrustBundleKind.class)
  void shouldNotHoldAGenerationThatWasRestoredWithAnotherCertificate(TrustBundleKind kind) {
    // given
    Target target = target(TrustTargetsTest.bundle(kind, "copy", null), "there");
    RootCA ca = ca(target.bundle());
    HasMetadata written = TrustCopy.create(ca, target, content(1, 2), NOW, SEAL);

    // when: of the same number, and written as nothing else is
    TrustContent restored = new TrustContent(new TreeMap<>(Map.of(1, FIRST, 2, root())), List.of());

    // then
    assertThat(TrustCopy.judge(ca, target, restored, written, SEAL))
        .isInstanceOfSatisfying(
            Found.Ours.class,
            ours -> {
              assertThat(ours.state()).isEqualTo(State.OUTDATED);
              assertThat(ours.trusts()).isEqualTo(Set.of(1));
            });
    // what has left is known by its number only
    assertThat(TrustCopy.judge(ca, target, content(1), written, SEAL))
        .isInstanceOfSatisfying(
            Found.Ours.class, ours -> assertThat(ours.trusts()).isEqualTo(Set.of(1, 2)));
  }

  @Test
  void shouldTrustNothingInACopyThatWasTamperedWith() {
    // given
    Target target = target(JAVA, "here");
    RootCA ca = ca(JAVA);
    Secret secret = (Secret) TrustCopy.create(ca, target, content(1), NOW, SEAL);
    Secret tampered = secret.edit().addToData("more", "AAAA").build();

    // then: ours, so that it is repaired, and it holds nothing that a rotation could count on
    assertThat(TrustCopy.judge(ca, target, content(1), tampered, SEAL))
        .isInstanceOfSatisfying(
            Found.Ours.class,
            ours -> {
              assertThat(ours.state()).isEqualTo(State.CHANGED);
              assertThat(ours.trusts()).isEmpty();
            });
    // and a redacted copy says the same
    assertThat(TrustCopy.judge(ca, target, content(1), RedactedSecret.of(secret), SEAL))
        .isEqualTo(TrustCopy.judge(ca, target, content(1), secret, SEAL));
  }

  @Test
  void shouldEncodeATruststoreOnlyWhenItsInputsChange() {
    // given
    Target target = target(JAVA, "here");
    RootCA ca = ca(JAVA);
    Secret before = (Secret) TrustCopy.create(ca, target, content(1), NOW, SEAL);

    // when
    Secret relabelled = (Secret) TrustCopy.replace(ca, target, content(1), before, NOW, SEAL);
    Secret changed = (Secret) TrustCopy.replace(ca, target, content(1, 2), before, NOW, SEAL);

    // then
    assertThat(relabelled.getData()).isEqualTo(before.getData()).containsKey("trust.p12");
    assertThat(relabelled.getMetadata().getAnnotations()).doesNotContainKey(Keys.TRUST_SINCE);
    assertThat(changed.getData().get("trust.p12")).isNotEqualTo(before.getData().get("trust.p12"));
    assertThat(changed.getMetadata().getAnnotations())
        .containsEntry(Keys.TRUST_SINCE, NOW.toString());
  }

  @Test
  void shouldTakeBackOnlyWhatItsTemplateBrought() {
    // given
    RootCA ca = ca(JAVA);
    HasMetadata before = TrustCopy.create(ca, target(JAVA, "here"), content(1), NOW, SEAL);
    before.getMetadata().getLabels().put("theirs", "stays");
    TrustBundle plain =
        new TrustBundle(
            JAVA.kind(), JAVA.name(), null, JAVA.keys(), null, null, Map.of(), Map.of());

    // when
    HasMetadata after = TrustCopy.replace(ca, target(plain, "here"), content(1), before, NOW, SEAL);

    // then
    assertThat(after.getMetadata().getLabels())
        .containsEntry("theirs", "stays")
        .doesNotContainKey("team");
  }

  @Test
  void shouldHaveNoEmptyFileWhereNobodyIsTrusted() {
    // given
    TrustContent nobody = new TrustContent(new TreeMap<>(), List.of());
    TrustBundle bundle = TrustTargetsTest.bundle(TrustBundleKind.ConfigMap, "copy", null);

    // when
    ConfigMap written =
        (ConfigMap) TrustCopy.create(ca(bundle), target(bundle, "here"), nobody, NOW, SEAL);

    // then
    assertThat(written.getData().get("ca.crt")).isEqualTo("# no CA is trusted\n");
  }

  @ParameterizedTest
  @EnumSource(TrustBundleKind.class)
  void shouldKeepWhatOthersPutOnACopy(TrustBundleKind kind) {
    // given
    Target target = target(TrustTargetsTest.bundle(kind, "copy", null), "there");
    RootCA ca = ca(target.bundle());
    HasMetadata live = TrustCopy.create(ca, target, content(1), NOW, SEAL);
    live.getMetadata().setFinalizers(List.of("example.org/backup"));
    live.getMetadata().getLabels().put("team", "shop");
    live.getMetadata().getAnnotations().put("note", "mine");
    OwnerReference owner =
        new OwnerReferenceBuilder()
            .withApiVersion("v1")
            .withKind("ConfigMap")
            .withName("app")
            .withUid("uid-of-app")
            .build();
    live.getMetadata().setOwnerReferences(List.of(owner));

    // when
    HasMetadata replaced = TrustCopy.replace(ca, target, content(1, 2), live, NOW, SEAL);
    HasMetadata anew = TrustCopy.createAnew(ca, target, content(1, 2), live, NOW, SEAL);

    // then
    assertThat(replaced.getMetadata().getFinalizers()).containsExactly("example.org/backup");
    for (HasMetadata written : List.of(replaced, anew)) {
      assertThat(written.getMetadata().getLabels()).containsEntry("team", "shop");
      assertThat(written.getMetadata().getAnnotations()).containsEntry("note", "mine");
      assertThat(written.getMetadata().getOwnerReferences()).contains(owner);
      assertThat(TrustCopy.judge(ca, target, content(1, 2), written, SEAL))
          .isInstanceOfSatisfying(
              Found.Ours.class, ours -> assertThat(ours.state()).isEqualTo(State.CURRENT));
    }
  }

  @Test
  void shouldMakeAnewWhatSomebodyMadeImmutable() {
    for (TrustBundleKind kind : List.of(TrustBundleKind.ConfigMap, TrustBundleKind.Secret)) {
      // given
      Target target = target(TrustTargetsTest.bundle(kind, "copy", null), "there");
      RootCA ca = ca(target.bundle());
      HasMetadata live = TrustCopy.create(ca, target, content(1), NOW, SEAL);
      assertThat(TrustCopy.mustBeMadeAnew(target, live)).isFalse();
      if (live instanceof ConfigMap map) {
        map.setImmutable(true);
      } else {
        ((Secret) live).setImmutable(true);
      }

      // when
      HasMetadata anew = TrustCopy.createAnew(ca, target, content(1, 2), live, NOW, SEAL);

      // then
      assertThat(TrustCopy.mustBeMadeAnew(target, live)).isTrue();
      assertThat(TrustCopy.isImmutable(anew)).isFalse();
      assertThat(anew.getMetadata().getResourceVersion()).isNull();
      assertThat(anew.getMetadata().getAnnotations())
          .containsEntry(Keys.TRUST_SINCE, NOW.toString());
    }
  }

  @Test
  void shouldMakeATrustConfigMapAnewWithWhatOthersPutOnIt() {
    // given
    RootCA ca = aRootCA();
    ConfigMap live = TrustConfigMap.of(ca, content(1), SEAL);
    live.setImmutable(true);
    live.getMetadata().setUid("uid-of-the-former");
    live.getMetadata().setResourceVersion("7");
    live.getMetadata().setDeletionTimestamp(NOW.toString());
    live.getMetadata().getLabels().put("team", "shop");
    live.getMetadata().getAnnotations().put("note", "mine");

    // when
    ConfigMap anew =
        TrustConfigMap.createAnew(live, TrustConfigMap.of(ca, content(1, 2), SEAL), NOW);

    // then
    assertThat(TrustConfigMap.judge(ca, anew, content(1, 2), SEAL)).isEqualTo(Bundle.CURRENT);
    assertThat(TrustCopy.isImmutable(anew)).isFalse();
    assertThat(anew.getMetadata().getUid()).isNull();
    assertThat(anew.getMetadata().getResourceVersion()).isNull();
    assertThat(anew.getMetadata().getDeletionTimestamp()).isNull();
    assertThat(anew.getMetadata().getLabels()).containsEntry("team", "shop");
    assertThat(anew.getMetadata().getAnnotations())
        .containsEntry("note", "mine")
        .containsEntry(Keys.TRUST_SINCE, NOW.toString());
  }

  private static Target target(TrustBundle bundle, String namespace) {
    return new Target(
        bundle,
        bundle.kind() == TrustBundleKind.ClusterTrustBundle
            ? TrustPlace.ofCluster("shop", bundle.name())
            : TrustPlace.in(namespace, bundle.kind(), bundle.name()));
  }

  private static TrustContent content(Integer... generations) {
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>();
    for (Integer generation : generations) {
      anchors.put(generation, anchors.isEmpty() ? FIRST : SECOND);
    }
    return new TrustContent(anchors, List.of());
  }

  private static X509Certificate root() {
    CertificateAuthority authority = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
    return authority.certificate();
  }
}
