package dev.mtlsoperator.reconcile.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which copies of a split bundle are due and surplus, and how a rotation counts them. */
final class CopiesLookTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final X509Certificate FIRST = root();
  private static final X509Certificate SECOND = root();

  private static final TrustContent BEFORE = content(Map.of(1, FIRST));
  private static final TrustContent DURING = content(Map.of(1, FIRST, 2, SECOND));
  private static final TrustContent AFTER = content(Map.of(2, SECOND));

  private static final RootCA CA = ca("split: PerCertificate, ");

  private final TrustAttempts attempts = new TrustAttempts();

  @Test
  void shouldWaitOnlyForTheObjectOfTheSuccessor() {
    // given
    List<HasMetadata> written = written(CA, BEFORE);

    // when: the successor joins the bundle
    TrustObserver.Seen seen = look(CA, DURING, written);

    // then
    assertThat(seen.distribution().due()).singleElement().isEqualTo(place(1, DURING));
    assertThat(seen.distribution().surplus()).isEmpty();
    List<Copy> copies = copies(seen);
    assertThat(copies).hasSize(2);
    assertThat(copies.get(0).trusts()).containsExactlyInAnyOrder(1, 2);
    assertThat(copies.get(1).name()).isEqualTo(place(1, DURING));
    assertThat(copies.get(1).trusts()).containsExactly(1);

    // when
    written.addAll(written(CA, AFTER));
    seen = look(CA, DURING, written);

    // then
    assertThat(seen.distribution().due()).isEmpty();
    assertThat(copies(seen))
        .allSatisfy(copy -> assertThat(copy.trusts()).containsExactlyInAnyOrder(1, 2))
        .noneMatch(Copy::surplus);
  }

  @Test
  void shouldNotCountASuccessorThatIsInNoBundle() {
    // then: no object is missing, and none holds it
    assertThat(copies(look(CA, BEFORE, written(CA, BEFORE))))
        .singleElement()
        .satisfies(copy -> assertThat(copy.trusts()).containsExactly(1));
  }

  @Test
  void shouldExcuseTheObjectThatSomebodyElseHasTakenTheNameOf() {
    // given
    List<HasMetadata> found = written(CA, BEFORE);
    String name = written(CA, AFTER).get(0).getMetadata().getName();
    found.add(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName(name)
            .endMetadata()
            .build());

    // when
    TrustObserver.Seen seen = look(CA, DURING, found);

    // then
    assertThat(seen.excused(generations()))
        .containsExactly(
            place(1, DURING) + " is not this RootCA's and is left alone: delete or rename it");
    assertThat(copies(seen)).singleElement().satisfies(c -> assertThat(c.trusts()).contains(2));
  }

  @Test
  void shouldRemoveTheObjectOfWhatLeftTheBundle() {
    // given
    List<HasMetadata> written = written(CA, DURING);

    // when
    TrustObserver.Seen seen = look(CA, AFTER, written);

    // then
    assertThat(seen.distribution().due()).isEmpty();
    assertThat(seen.distribution().surplus()).containsExactly(place(0, DURING));
    assertThat(seen.leaving().values()).containsExactly(Set.of(1));
    assertThat(look(CA, content(Map.of()), written).distribution().surplus()).hasSize(2);
  }

  @Test
  void shouldChangeFromOneObjectToSeveralAndBack() {
    // given
    RootCA whole = ca("");

    // then
    assertThat(look(CA, DURING, written(whole, DURING)).distribution().surplus())
        .containsExactly("ConfigMap 'shop/kong'");
    TrustObserver.Seen back = look(whole, DURING, written(CA, DURING));
    assertThat(back.distribution().due()).containsExactly("ConfigMap 'shop/kong'");
    assertThat(back.distribution().surplus()).hasSize(2);
  }

  @Test
  void shouldKeepWhatIsElsewhereWhileNamespacesAreNotSeen() {
    // given
    RootCA everywhere = ca("split: PerCertificate, namespaces: {from: All}, ");
    List<HasMetadata> elsewhere = written(CA, DURING);
    elsewhere.forEach(copy -> copy.getMetadata().setNamespace("gateway"));
    List<HasMetadata> sealed = new ArrayList<>();
    for (TrustTargets.Target target : targets(CA, DURING).targets()) {
      TrustTargets.Target there =
          new TrustTargets.Target(
              target.bundle(),
              TrustPlace.in("gateway", target.place().kind(), target.place().name()),
              target.only());
      sealed.add(TrustCopy.create(everywhere, there, DURING, NOW, SEAL));
    }

    // then: what a CA no longer trusts is asked for nowhere
    assertThat(look(everywhere, DURING, sealed).distribution().surplus()).isEmpty();
    assertThat(look(everywhere, AFTER, sealed).distribution().surplus())
        .singleElement()
        .asString()
        .startsWith("ConfigMap 'gateway/kong-x");
    // moved without its seal
    assertThat(look(everywhere, AFTER, elsewhere).distribution().surplus()).isEmpty();
  }

  private TrustObserver.Seen look(RootCA ca, TrustContent content, List<HasMetadata> found) {
    CopiesLook look =
        CopiesLook.at(ca, content, Optional.empty(), targets(ca, content), attempts, SEAL, NOW);
    found.forEach(look::add);
    return look.seen();
  }

  private static TrustTargets targets(RootCA ca, TrustContent content) {
    return TrustTargets.of(
        ca, content, Set.of(), Optional.empty(), TrustTargets.ClusterApi.MISSING);
  }

  private static List<HasMetadata> written(RootCA ca, TrustContent content) {
    List<HasMetadata> written = new ArrayList<>();
    targets(ca, content)
        .targets()
        .forEach(target -> written.add(kinded(TrustCopy.create(ca, target, content, NOW, SEAL))));
    return written;
  }

  private static HasMetadata kinded(HasMetadata object) {
    object.getMetadata().setUid("uid-of-" + object.getMetadata().getName());
    return object;
  }

  private static String place(int index, TrustContent content) {
    return targets(CA, content).targets().get(index).place().toString();
  }

  private static List<Copy> copies(TrustObserver.Seen seen) {
    return seen.copies("shop", generations());
  }

  private static CaGenerations generations() {
    return new CaGenerations(
        List.of(
            new CaGeneration(1, FIRST, Optional.empty(), GenerationMilestones.none()),
            new CaGeneration(2, SECOND, Optional.empty(), GenerationMilestones.none())));
  }

  private static RootCA ca(String fields) {
    return Serialization.unmarshal(
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: RootCA
        metadata: {name: root, namespace: shop, uid: uid-of-root, generation: 1}
        spec:
          commonName: root
          trustBundles:
          - {%skind: ConfigMap, name: kong}
        """
            .formatted(fields),
        RootCA.class);
  }

  private static TrustContent content(Map<Integer, X509Certificate> generations) {
    return new TrustContent(new TreeMap<>(generations), List.of());
  }

  private static X509Certificate root() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate();
  }
}
