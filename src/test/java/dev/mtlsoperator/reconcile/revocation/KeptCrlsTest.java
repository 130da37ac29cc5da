package dev.mtlsoperator.reconcile.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CrlContents;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.secret.ca.CrlRecord;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which CRLs a start of the operator finds again. */
final class KeptCrlsTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  private final CertificateAuthority ca = TestCrls.root(NOW);
  private final List<CaGeneration> generations =
      List.of(new CaGeneration(1, ca.certificate(), Optional.empty(), GenerationMilestones.none()));
  private final Crl before = crl(1);
  private final Crl revoking = crl(2, 4711);

  private Crl crl(long number, long... serials) {
    return ca.sign(
        new CrlContents(
            BigInteger.valueOf(number),
            NOW,
            NOW.plus(Duration.ofDays(30)),
            Arrays.stream(serials)
                .mapToObj(s -> new RevokedCertificate(BigInteger.valueOf(s), NOW, Optional.empty()))
                .toList()));
  }

  private static CrlRecord.Found record(Crl crl, boolean sealed) {
    return new CrlRecord.Found.Ours(
        new KnownCrls(new TreeMap<>(Map.of(1, crl)), Map.of(), Map.of()), sealed);
  }

  private Optional<Crl> kept(CrlRecord.Found record, Crl... configMap) {
    return CrlHistory.kept(generations, record, List.of(configMap), NOW).of(1);
  }

  @Test
  void shouldFindWhatTheRecordOrTheConfigMapHolds() {
    assertThat(kept(record(revoking, true), before)).contains(revoking);
    assertThat(kept(record(before, true), revoking)).contains(revoking);
    assertThat(kept(new CrlRecord.Found.Absent(), revoking)).contains(revoking);
    // a signature is a proof
    assertThat(kept(record(revoking, false))).contains(revoking);
  }

  @Test
  void shouldNotFindWhatCouldNotBeWritten() {
    assertThat(kept(record(before, true), before)).contains(before);
    assertThat(kept(new CrlRecord.Found.Foreign())).isEmpty();
    assertThat(kept(new CrlRecord.Found.Foreign(), TestCrls.of(TestCrls.root(NOW), NOW))).isEmpty();
  }
}
