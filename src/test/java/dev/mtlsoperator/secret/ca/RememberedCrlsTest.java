package dev.mtlsoperator.secret.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.api.model.Secret;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the record tells beside the CRLs. */
final class RememberedCrlsTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private static final RootCA ROOT = aRootCA();
  private static final Seal SEAL = new Seal(new byte[32]);

  private static KnownCrls known() {
    SortedMap<BigInteger, RevokedCertificate> over = new TreeMap<>();
    SortedMap<BigInteger, Instant> ends = new TreeMap<>();
    for (Optional<RevocationReason> reason :
        List.of(Optional.<RevocationReason>empty(), Optional.of(RevocationReason.KeyCompromise))) {
      BigInteger serial = BigInteger.valueOf(4711 + over.size());
      over.put(serial, new RevokedCertificate(serial, NOW, reason));
      ends.put(serial, NOW.plusSeconds(60));
    }
    return new KnownCrls(
        new TreeMap<>(Map.of(1, TestCrls.of(TestCrls.root(NOW), NOW))),
        Map.of(1, over),
        Map.of(1, ends));
  }

  @Test
  void shouldReadWhatWasWritten() {
    KnownCrls known = known();
    Secret record = CrlRecord.of(ROOT, known, null, SEAL);

    assertThat(CrlRecord.judge(ROOT, record, SEAL))
        .isEqualTo(new CrlRecord.Found.Ours(known, true));
    assertThat(CrlRecord.isCurrent(ROOT, record, known, SEAL)).isTrue();
  }

  @Test
  void shouldFitIntoASecretHoweverManyAreRevoked() {
    SortedMap<BigInteger, RevokedCertificate> over = new TreeMap<>();
    SortedMap<BigInteger, Instant> ends = new TreeMap<>();
    List<RevokedCertificate> listed = new ArrayList<>();
    BigInteger large = BigInteger.ONE.shiftLeft(158);
    for (int i = 0; i < 9_000; i++) {
      BigInteger serial = large.add(BigInteger.valueOf(i));
      RevokedCertificate entry =
          new RevokedCertificate(serial, NOW, Optional.of(RevocationReason.CessationOfOperation));
      if (i < 8_000) {
        listed.add(entry);
      } else {
        over.put(serial, entry);
      }
      ends.put(serial, NOW.plusSeconds(60));
    }
    Crl crl = TestCrls.of(TestCrls.root(NOW), NOW, listed.toArray(RevokedCertificate[]::new));
    KnownCrls known =
        new KnownCrls(new TreeMap<>(Map.of(1, crl)), Map.of(1, over), Map.of(1, ends));

    Secret record = CrlRecord.of(ROOT, known, null, SEAL);

    assertThat(
            record.getData().values().stream()
                .mapToInt(value -> Base64.getDecoder().decode(value).length)
                .sum())
        .isBetween(900_000, 1_000_000);
    assertThat(CrlRecord.judge(ROOT, record, SEAL))
        .isInstanceOfSatisfying(
            CrlRecord.Found.Ours.class,
            ours -> {
              assertThat(ours.sealed()).isTrue();
              assertThat(ours.crls().newest()).isEqualTo(known.newest());
              assertThat(ours.crls().endsOf(1)).hasSizeGreaterThan(7_000);
            });
    assertThat(CrlRecord.isCurrent(ROOT, record, known, SEAL)).isTrue();
  }

  @Test
  void shouldTakeNothingButCrlsFromWhatIsNotSealed() {
    Secret record = CrlRecord.of(ROOT, known(), null, SEAL);
    record
        .getData()
        .put(
            "unlisted",
            Base64.getEncoder()
                .encodeToString("1 0A 2099-01-01T00:00:00Z\n".getBytes(StandardCharsets.UTF_8)));

    assertThat(CrlRecord.judge(ROOT, record, SEAL))
        .isInstanceOfSatisfying(
            CrlRecord.Found.Ours.class,
            ours -> {
              assertThat(ours.sealed()).isFalse();
              assertThat(ours.crls().newest()).hasSize(1);
              assertThat(ours.crls().unlisted()).isEmpty();
              assertThat(ours.crls().ends()).isEmpty();
            });
  }
}
