package dev.mtlsoperator.rotation;

import static dev.mtlsoperator.rotation.Fixtures.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.rotation.CaFacts.Bundle;
import dev.mtlsoperator.rotation.CaFacts.Known;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CaRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final CertificateAuthority CA =
      Issuance.rootCA(Blueprint.of(aRootCA("root", "3650d")), NOW);
  private static final Known SIGNING = new Known(1, CA.certificate(), true);

  @Test
  void shouldCreateTheFirstGeneration() {
    CaDecision decision = CaRules.decide(facts(List.of(), 0, List.of(), Bundle.ABSENT));

    assertThat(decision)
        .isInstanceOfSatisfying(
            CaDecision.Create.class, create -> assertThat(create.number()).isEqualTo(1));
  }

  @Test
  void shouldNeverUseANumberTwice() {
    CaDecision decision = CaRules.decide(facts(List.of(), 7, List.of(), Bundle.ABSENT));

    assertThat(decision)
        .isInstanceOfSatisfying(
            CaDecision.Create.class, create -> assertThat(create.number()).isEqualTo(8));
  }

  @Test
  void shouldNotMakeANewCASilentlyWhereTracesOfOneAre() {
    CaDecision decision =
        CaRules.decide(facts(List.of(), 1, List.of("ConfigMap 'root-trust'"), Bundle.OUTDATED));

    assertThat(decision)
        .isInstanceOfSatisfying(
            CaDecision.Refuse.class,
            refuse -> {
              assertThat(refuse.why().reason()).isEqualTo(Reason.CAKeyMissing);
              assertThat(refuse.why().message())
                  .contains("ConfigMap 'root-trust'", "mtls-operator.dev/adopt=sha256:");
            });
  }

  @Test
  void shouldPublishTrustUntilItIsCurrent() {
    assertThat(CaRules.decide(facts(List.of(SIGNING), 1, List.of(), Bundle.ABSENT)))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaRules.decide(facts(List.of(SIGNING), 1, List.of(), Bundle.OUTDATED)))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaRules.decide(facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT)))
        .isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldLeaveSomebodyElsesConfigMapAlone() {
    CaFacts facts = facts(List.of(SIGNING), 1, List.of(), Bundle.FOREIGN);

    assertThat(CaRules.decide(facts)).isInstanceOf(CaDecision.Keep.class);
    assertThat(CaRules.notReady(facts, NOW).map(Finding::reason))
        .contains(Reason.TrustBundleConflict);
  }

  @Test
  void shouldSayThatAnEditOfTheSubjectIsNotInService() {
    CaFacts facts =
        new CaFacts(
            Draft.of(aRootCA("another", "3650d")),
            List.of(SIGNING),
            1,
            List.of(),
            Optional.empty(),
            true,
            Bundle.CURRENT);

    assertThat(CaRules.notReady(facts, NOW).map(Finding::reason)).contains(Reason.SpecNotInService);
  }

  @Test
  void shouldSayThatItHasExpired() {
    CaFacts facts = facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT);

    assertThat(CaRules.notReady(facts, NOW)).isEmpty();
    assertThat(CaRules.notReady(facts, NOW.plus(Duration.ofDays(3650))).map(Finding::reason))
        .contains(Reason.CAExpired);
  }

  @Test
  void shouldLetTheHighestGenerationThatMaySignDoSo() {
    CertificateAuthority second = Issuance.rootCA(Blueprint.of(aRootCA("root", "3650d")), NOW);
    CertificateAuthority third = Issuance.rootCA(Blueprint.of(aRootCA("root", "3650d")), NOW);
    CaFacts facts =
        facts(
            List.of(
                SIGNING,
                new Known(2, second.certificate(), true),
                new Known(3, third.certificate(), false)),
            3,
            List.of(),
            Bundle.CURRENT);

    assertThat(facts.signer().map(Known::number)).contains(2);
  }

  private static CaFacts facts(
      List<Known> generations, int highest, List<String> traces, Bundle bundle) {
    return new CaFacts(
        Draft.of(aRootCA("root", "3650d")),
        generations,
        highest,
        traces,
        Optional.empty(),
        true,
        bundle);
  }
}
