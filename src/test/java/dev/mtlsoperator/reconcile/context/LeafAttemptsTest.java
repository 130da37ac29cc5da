package dev.mtlsoperator.reconcile.context;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is kept in mind of attempts to bring leaves up to date. */
final class LeafAttemptsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final X509Certificate FIRST = root();
  private static final X509Certificate SECOND = root();
  private static final X509Certificate THIRD = root();

  private final ServerCert leaf = aServerCert();
  private final LeafAttempts attempts = new LeafAttempts();

  private static X509Certificate root() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate();
  }

  private static Set<Fingerprint> fingerprints(X509Certificate... all) {
    return List.of(all).stream().map(Fingerprint::of).collect(Collectors.toUnmodifiableSet());
  }

  @Test
  void shouldKnowOfEachPartOfWhatARefusedWriteWouldHaveBrought() {
    attempts.refused(leaf, "no", List.of(FIRST, SECOND));

    assertThat(attempts.refusal(leaf, fingerprints())).contains("no");
    assertThat(attempts.refusal(leaf, fingerprints(SECOND))).contains("no");
    assertThat(attempts.refusal(leaf, fingerprints(SECOND, FIRST))).contains("no");
    assertThat(attempts.refusal(leaf, fingerprints(THIRD))).isEmpty();
    assertThat(attempts.refusal(leaf, fingerprints(FIRST, SECOND, THIRD))).isEmpty();
  }

  @Test
  void shouldTakeForARepairOnlyWhatIsWrittenOnceMore() {
    attempts.retrusted(leaf, List.of(FIRST), NOW);
    attempts.retrusted(leaf, List.of(FIRST, SECOND), NOW);
    attempts.retrusted(leaf, List.of(FIRST), NOW);
    attempts.retrusted(leaf, List.of(FIRST, SECOND), NOW);
    assertThat(attempts.isDisturbed(leaf, NOW)).isFalse();

    // in whichever order
    attempts.retrusted(leaf, List.of(SECOND, FIRST), NOW);
    attempts.retrusted(leaf, List.of(FIRST, SECOND), NOW);
    attempts.retrusted(leaf, List.of(SECOND, FIRST), NOW);

    assertThat(attempts.isDisturbed(leaf, NOW)).isTrue();
  }
}
