package dev.mtlsoperator.rotation.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.rotation.SafetyChecks.Ends;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which entries leave a CRL, and when, whatever the clock says. */
final class NextCrlTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private static final Instant END = NOW.plus(Duration.ofDays(20));
  private static final Duration AFTER = CrlPlan.BACK_DATED.plusSeconds(1);
  private static final Duration FAR = Duration.ofDays(100);
  private static final RevokedCertificate ENTRY =
      new RevokedCertificate(
          BigInteger.valueOf(4711), NOW, Optional.of(RevocationReason.KeyCompromise));

  private final CertificateAuthority ca = TestCrls.root(NOW);
  private final CaGeneration generation =
      new CaGeneration(1, ca.certificate(), Optional.empty(), GenerationMilestones.none());

  private KnownCrls known = signed(NOW, ENTRY);
  private RevocationRequests asked = RevocationRequests.none();

  private KnownCrls signed(Instant at, RevokedCertificate... entries) {
    return new KnownCrls(
        new TreeMap<>(Map.of(1, TestCrls.of(ca, at, entries))),
        Map.of(),
        Map.of(1, new TreeMap<>(Map.of(ENTRY.serialNumber(), END))));
  }

  // nothing names the certificate any more
  private RevocationFacts facts() {
    return new RevocationFacts(
        Optional.of(new CrlPlan(Duration.ofDays(30), Duration.ofDays(3))),
        "uid",
        List.of(generation),
        List.of(),
        Set.of(),
        known,
        asked,
        RevocationFacts.RecordState.CURRENT,
        BigInteger.ZERO);
  }

  // without its end, as a RootCA's spec names it
  private void nameForEver() {
    asked =
        new RevocationRequests(
            Map.of(),
            new TreeMap<>(
                Map.of(
                    ENTRY.serialNumber(),
                    new RevocationRequest(
                        ENTRY.serialNumber(), Optional.empty(), Optional.empty()))));
  }

  private List<RevokedCertificate> sign(Ends clock, Instant now) {
    RevocationFacts facts = facts();
    NextCrl next = NextCrl.of(generation, facts, new CrlRules(facts, now).nextNumber(), clock, now);
    Crl crl = ca.sign(next.contents());
    known = known.with(new TreeMap<>(Map.of(1, crl)), Map.of(1, next));
    return List.copyOf(crl.entries().values());
  }

  @Test
  void shouldListACertificateOnOneCrlAfterItsEnd() {
    assertThat(sign(Ends.BELIEVED, END.plus(AFTER))).containsExactly(ENTRY);
    assertThat(sign(Ends.BELIEVED, END.plus(Duration.ofDays(3)))).isEmpty();
    assertThat(sign(Ends.BELIEVED, END.plus(Duration.ofDays(6)))).isEmpty();
  }

  @Test
  void shouldKeepWhatTheLastCrlOfAClockThatWasAheadListed() {
    assertThat(sign(Ends.BELIEVED, NOW.plus(FAR))).containsExactly(ENTRY);
    assertThat(sign(Ends.BELIEVED, NOW.plusSeconds(60))).containsExactly(ENTRY);
  }

  @Test
  void shouldListAgainWhatAClockThatWasAheadLeftOut() {
    sign(Ends.BELIEVED, NOW.plus(FAR));
    assertThat(sign(Ends.BELIEVED, NOW.plus(FAR).plus(Duration.ofDays(3)))).isEmpty();
    sign(Ends.BELIEVED, NOW.plus(FAR).plus(Duration.ofDays(6)));

    Instant right = NOW.plusSeconds(60);
    assertThat(new CrlRules(facts(), right).due()).isPresent();
    assertThat(sign(Ends.BELIEVED, right)).as("with its date and reason").containsExactly(ENTRY);
    assertThat(known.unlisted()).isEmpty();
  }

  @Test
  void shouldLeaveNothingOutWhileTheClockIsInDoubt() {
    sign(Ends.DOUBTED, NOW.plus(FAR));
    assertThat(sign(Ends.DOUBTED, NOW.plus(FAR).plus(Duration.ofDays(3)))).containsExactly(ENTRY);
    assertThat(sign(Ends.BELIEVED, NOW.plus(FAR).plus(Duration.ofDays(6)))).isEmpty();
  }

  @Test
  void shouldSignNothingForWhatIsOverAndStillNamed() {
    nameForEver();

    shouldSignNothingForWhatIsOver();
  }

  @Test
  void shouldSignNothingForWhatIsOver() {
    sign(Ends.BELIEVED, END.plus(AFTER));
    Instant later = END.plus(Duration.ofDays(3));
    sign(Ends.BELIEVED, later);

    assertThat(known.unlistedOf(1)).containsOnlyKeys(ENTRY.serialNumber());
    assertThat(new CrlRules(facts(), later.plusSeconds(60)).due()).isEmpty();
  }

  @Test
  void shouldRememberThoseThatEndLast() {
    SortedMap<BigInteger, RevokedCertificate> over = new TreeMap<>();
    SortedMap<BigInteger, Instant> ends = new TreeMap<>();
    LongStream.rangeClosed(1, KnownCrls.MOST_REMEMBERED + 5)
        .mapToObj(BigInteger::valueOf)
        .forEach(
            serial -> {
              over.put(serial, new RevokedCertificate(serial, NOW, Optional.empty()));
              ends.put(serial, NOW.minusSeconds(serial.longValue()));
            });
    BigInteger unknown = BigInteger.valueOf(99_999);
    over.put(unknown, new RevokedCertificate(unknown, NOW, Optional.empty()));

    KnownCrls bounded = new KnownCrls(signed(NOW).newest(), Map.of(1, over), Map.of(1, ends));

    assertThat(bounded.unlistedOf(1))
        .hasSize(KnownCrls.MOST_REMEMBERED + 1)
        .containsKeys(BigInteger.ONE, unknown)
        .doesNotContainKey(BigInteger.valueOf(KnownCrls.MOST_REMEMBERED + 1));
    assertThat(bounded.endsOf(1)).hasSize(KnownCrls.MOST_REMEMBERED);
  }
}
