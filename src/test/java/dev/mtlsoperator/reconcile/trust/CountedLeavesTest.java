package dev.mtlsoperator.reconcile.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Seal;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A run counts the leaves again only if there is a reason. */
final class CountedLeavesTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private static final CertificateAuthority FIRST =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final CaGenerations GENERATIONS =
      new CaGenerations(
          List.of(
              new CaGeneration(
                  1, FIRST.certificate(), Optional.empty(), GenerationMilestones.none())));

  private final CountedLeaves counted = new CountedLeaves();

  private DistributionTracker count(Evidence evidence, CountedLeaves.Of of) {
    return count(evidence, of, NOW);
  }

  private DistributionTracker count(Evidence evidence, CountedLeaves.Of of, Instant now) {
    return counted.orElse(evidence, of, now, CountedLeavesTest::tracker);
  }

  private static DistributionTracker tracker() {
    return new DistributionTracker(
        aRootCA(),
        GENERATIONS,
        List.of(),
        new Admission(WatchScope.all(), namespace -> Optional.empty(), namespace -> false),
        new Seal(new byte[32]),
        new WrittenTrust(),
        new LeafAttempts(),
        NOW);
  }

  private static CountedLeaves.Of of(
      String resourceVersion, CaGenerations generations, List<X509Certificate> additional) {
    return new CountedLeaves.Of(resourceVersion, generations, additional);
  }

  @Test
  void shouldCountOnceFromTheCaches() {
    DistributionTracker first = count(Evidence.CACHED, of("7", GENERATIONS, List.of()));

    assertThat(count(Evidence.LEAVES_CACHED, of("7", GENERATIONS, List.of()))).isSameAs(first);
    assertThat(count(Evidence.CACHED, of("7", GENERATIONS, List.of()))).isSameAs(first);
  }

  @Test
  void shouldCountFromTheApiServerEachTime() {
    DistributionTracker first = count(Evidence.FRESH, of("7", GENERATIONS, List.of()));
    DistributionTracker second = count(Evidence.FRESH, of("7", GENERATIONS, List.of()));

    assertThat(second).isNotSameAs(first);
    assertThat(count(Evidence.CACHED, of("7", GENERATIONS, List.of()))).isSameAs(second);
  }

  @Test
  void shouldCountAgainWhenTheCAIsAnother() {
    DistributionTracker first = count(Evidence.CACHED, of("7", GENERATIONS, List.of()));

    DistributionTracker edited = count(Evidence.CACHED, of("8", GENERATIONS, List.of()));
    assertThat(edited).isNotSameAs(first);
    DistributionTracker noted =
        count(Evidence.CACHED, of("8", new CaGenerations(List.of()), List.of()));
    assertThat(noted).isNotSameAs(edited);
    assertThat(
            count(
                Evidence.CACHED,
                of("8", new CaGenerations(List.of()), List.of(FIRST.certificate()))))
        .isNotSameAs(noted);
  }

  @Test
  void shouldCountAgainAfterSomeSeconds() {
    CountedLeaves.Of of = of("7", GENERATIONS, List.of());
    DistributionTracker first = count(Evidence.CACHED, of, NOW);

    assertThat(count(Evidence.CACHED, of, NOW.plusSeconds(5))).isSameAs(first);
    DistributionTracker second = count(Evidence.CACHED, of, NOW.plusSeconds(6));
    assertThat(second).isNotSameAs(first);
    assertThat(count(Evidence.CACHED, of, NOW.plusSeconds(11))).isSameAs(second);
  }
}
