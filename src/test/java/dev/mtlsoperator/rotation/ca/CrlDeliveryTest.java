package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CrlContents;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.CrlPlan;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.revocation.RevocationRequest;
import dev.mtlsoperator.rotation.revocation.RevocationRequests;
import dev.mtlsoperator.rotation.simulation.EditedFacts;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A CRL reaches the trust bundles even if something is revoked all the time. */
final class CrlDeliveryTest {
  private static final Instant SIGNED = Instant.parse("2026-11-29T12:00:00Z");
  private static final BigInteger REVOKED = BigInteger.valueOf(4711);
  private static final RootCA ROOT = aRootCA();
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(ROOT), SIGNED);
  private static final CaGeneration SIGNING =
      new CaGeneration(
          1,
          CA.certificate(),
          Optional.empty(),
          GenerationMilestones.none().with(it -> it.signingSince(SIGNED)));

  @Test
  void shouldDeliverACrlBeforeTheNextOneIsSigned() {
    Instant soon = SIGNED.plusSeconds(5);

    assertThat(decide(Bundle.OUTDATED, Distribution.none(), soon))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(decide(Bundle.CURRENT, aCopyIsDue(), soon))
        .isInstanceOf(CaDecision.Distribute.class);
    assertThat(decide(Bundle.CURRENT, Distribution.none(), soon))
        .isInstanceOf(CaDecision.SignCrls.class);
  }

  @Test
  void shouldNotWaitForWhatCannotBeDelivered() {
    Instant soon = SIGNED.plusSeconds(5);

    assertThat(decide(Bundle.REFUSED, Distribution.none(), soon))
        .isInstanceOf(CaDecision.SignCrls.class);
    assertThat(decide(Bundle.FOREIGN, Distribution.none(), soon))
        .isInstanceOf(CaDecision.SignCrls.class);
  }

  @Test
  void shouldSignAfterAMinuteWhateverIsToBeDelivered() {
    Instant later = SIGNED.plus(Duration.ofMinutes(1));

    assertThat(decide(Bundle.OUTDATED, aCopyIsDue(), later))
        .isInstanceOf(CaDecision.SignCrls.class);
    assertThat(facts(Bundle.CURRENT, aCopyIsDue()).crlRules(SIGNED).next()).contains(later);
    assertThat(facts(Bundle.CURRENT, Distribution.none()).crlRules(SIGNED).next())
        .contains(SIGNED.plusSeconds(2));
  }

  @Test
  void shouldNotWaitForOthersWhereTheClockWasSetBack() {
    assertThat(decide(Bundle.CURRENT, Distribution.none(), SIGNED.plusSeconds(1)))
        .isInstanceOf(CaDecision.Keep.class);
    assertThat(decide(Bundle.CURRENT, Distribution.none(), SIGNED.minusSeconds(60)))
        .isInstanceOf(CaDecision.SignCrls.class);
  }

  @Test
  void shouldDeliverACrlWhileARotationIsHeld() {
    Instant due = SIGNED.plus(Duration.ofDays(3000));
    CaFacts current = signed(Bundle.CURRENT, Distribution.none(), due);

    assertThat(CaJudgements.decide(current, due)).isInstanceOf(CaDecision.Create.class);
    for (SafetyChecks doubt : List.of(jumped(), skewed())) {
      assertThat(decide(signed(Bundle.OUTDATED, Distribution.none(), due), doubt, due))
          .isInstanceOf(CaDecision.PublishTrust.class);
      assertThat(decide(signed(Bundle.CURRENT, aCopyIsDue(), due), doubt, due))
          .isInstanceOf(CaDecision.Distribute.class);
      assertThat(decide(current, doubt, due)).isInstanceOf(CaDecision.Hold.class);
    }
  }

  @Test
  void shouldDeliverACrlWhileTheNextOneIsHeld() {
    Instant later = SIGNED.plus(Duration.ofMinutes(1));

    assertThat(decide(facts(Bundle.OUTDATED, Distribution.none()), skewed(), later))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(decide(facts(Bundle.CURRENT, Distribution.none()), skewed(), later))
        .isInstanceOf(CaDecision.Hold.class);
  }

  @Test
  void shouldPublishNothingFromACacheWhileARotationIsHeld() {
    Instant due = SIGNED.plus(Duration.ofDays(3000));
    DistributionState cached =
        new DistributionState(
            DistributionState.Evidence.CACHED, List.of(), List.of(), Duration.ZERO);

    assertThat(
            decide(
                EditedFacts.of(
                    signed(Bundle.OUTDATED, Distribution.none(), due), it -> it.copies(cached)),
                jumped(),
                due))
        .isInstanceOf(CaDecision.LookAgain.class);
    assertThat(
            decide(
                EditedFacts.of(
                    signed(Bundle.CURRENT, Distribution.none(), due), it -> it.copies(cached)),
                jumped(),
                due))
        .isInstanceOf(CaDecision.Hold.class);
  }

  private static SafetyChecks jumped() {
    return SafetyChecks.of(
        SIGNED,
        Optional.of(SIGNED),
        new ClockHistory(Duration.ofMinutes(1), Optional.of(Duration.ofDays(3000))),
        SafetyChecks.CacheSync.IN_SYNC);
  }

  private static SafetyChecks skewed() {
    return SafetyChecks.of(
        SIGNED,
        Optional.of(SIGNED.minus(Duration.ofHours(1))),
        new ClockHistory(ClockHistory.ENOUGH, Optional.empty()),
        SafetyChecks.CacheSync.IN_SYNC);
  }

  private static CaDecision decide(CaFacts facts, SafetyChecks safety, Instant now) {
    return CaJudgements.decide(facts, safety, now);
  }

  /** The CRL with the revocation was signed a moment ago. */
  private static CaFacts signed(Bundle bundle, Distribution distribution, Instant now) {
    CrlContents contents =
        new CrlContents(
            BigInteger.TWO,
            now.minus(CrlPlan.BACK_DATED),
            now.plus(Duration.ofDays(30)),
            List.of(new RevokedCertificate(REVOKED, now, Optional.empty())));
    return facts(bundle, distribution, CA.sign(contents));
  }

  private static CaDecision decide(Bundle bundle, Distribution distribution, Instant now) {
    return CaJudgements.decide(facts(bundle, distribution), now);
  }

  private static Distribution aCopyIsDue() {
    return new Distribution(List.of("ConfigMap 'shop/clients'"), List.of());
  }

  private static CaFacts facts(Bundle bundle, Distribution distribution) {
    return facts(
        bundle,
        distribution,
        CA.sign(
            new CrlContents(
                BigInteger.ONE,
                SIGNED.minus(CrlPlan.BACK_DATED),
                SIGNED.plus(Duration.ofDays(30)),
                List.of())));
  }

  private static CaFacts facts(Bundle bundle, Distribution distribution, Crl last) {
    return new CaFacts(
        RootCAFixture.desired(ROOT),
        RotationPlan.of(ROOT),
        CaRequests.none(),
        new CaGenerations(List.of(SIGNING)),
        0,
        1,
        List.of(),
        Optional.empty(),
        true,
        bundle,
        distribution,
        new DistributionState(
            DistributionState.Evidence.FRESH, List.of(), List.of(), Duration.ZERO),
        List.of(),
        aRevocationIsAskedFor(last));
  }

  private static RevocationFacts aRevocationIsAskedFor(Crl last) {
    return new RevocationFacts(
        Optional.of(new CrlPlan(Duration.ofDays(30), Duration.ofDays(3))),
        "uid",
        List.of(SIGNING),
        List.of(),
        Set.of(),
        new KnownCrls(new TreeMap<>(Map.of(1, last)), Map.of(), Map.of()),
        new RevocationRequests(
            Map.of(),
            new TreeMap<>(
                Map.of(
                    REVOKED, new RevocationRequest(REVOKED, Optional.empty(), Optional.empty())))),
        RevocationFacts.RecordState.CURRENT,
        BigInteger.ONE);
  }
}
