package dev.mtlsoperator.reconcile.context;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.CrlRecord;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class PublishedCrlsTest {
  private static final Instant NOW = Instant.parse("2026-01-07T10:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA ROOT = aRootCA(it -> {});
  private static final CAName NAME = CAName.of(ROOT);

  private final CertificateAuthority ca = TestCrls.root(NOW);
  private final Crl first = TestCrls.of(ca, NOW);
  private final Crl second = TestCrls.of(ca, NOW.plusSeconds(1));
  private final Map<CAName, Secret> records = new HashMap<>();
  private final PublishedCrls published =
      new PublishedCrls(name -> Optional.ofNullable(records.get(name)), SEAL);

  private static Secret record(Map<Integer, Crl> crls, Seal seal) {
    return CrlRecord.of(ROOT, new KnownCrls(new TreeMap<>(crls), Map.of(), Map.of()), null, seal);
  }

  @Test
  void shouldReadTheSealedRecord() {
    records.put(NAME, record(Map.of(1, first, 2, second), SEAL));

    assertThat(published.find(NAME, 1)).contains(first);
    assertThat(published.find(NAME, 2)).contains(second);
    assertThat(published.find(NAME, 3)).isEmpty();
    // parsed once
    assertThat(published.find(NAME, 1).orElseThrow())
        .isSameAs(published.find(NAME, 1).orElseThrow());
  }

  @Test
  void shouldFollowTheRecord() {
    records.put(NAME, record(Map.of(1, first), SEAL));
    assertThat(published.find(NAME, 1)).contains(first);

    records.put(NAME, record(Map.of(1, second), SEAL));

    assertThat(published.find(NAME, 1)).contains(second);
    records.clear();
    assertThat(published.find(NAME, 1)).isEmpty();
  }

  @Test
  void shouldServeNothingThatSomebodyElseWrote() {
    byte[] foreign = new byte[32];
    foreign[0] = 1;
    records.put(NAME, record(Map.of(1, first), new Seal(foreign)));
    assertThat(published.of(NAME)).isEmpty();

    Secret edited = record(Map.of(1, second), SEAL);
    edited.setData(record(Map.of(1, first), SEAL).getData());
    records.put(NAME, edited);
    assertThat(published.of(NAME)).isEmpty();

    // a record of another RootCA
    CAName other = new CAName(NAME.namespace(), "other");
    records.put(other, record(Map.of(1, first), SEAL));
    assertThat(published.of(other)).isEmpty();
  }
}
