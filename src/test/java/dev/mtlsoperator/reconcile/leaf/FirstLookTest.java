package dev.mtlsoperator.reconcile.leaf;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.reconcile.leaf.FirstLook.Next;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FirstLookTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final boolean NONE = false;
  private static final boolean THERE = true;

  @Test
  void shouldAwaitARootCAThatWasNotReconciledYet() {
    assertThat(look(NONE, aRootCA(), NONE).at(aServerCert())).isEqualTo(Next.AWAIT_CA);
  }

  @Test
  void shouldAskBeforeAFirstCertificate() {
    assertThat(look(NONE, aRootCA(), THERE).at(aServerCert())).isEqualTo(Next.ASK_FOR_PERMIT);
    assertThat(look(NONE, stopped(aRootCA()), THERE).at(aServerCert()))
        .isEqualTo(Next.ASK_FOR_PERMIT);
  }

  @Test
  void shouldObserveWhatIsToldAtOnce() {
    // no RootCA, or one that does not admit the leaf, or one that stopped
    assertThat(look(NONE, null, NONE).at(aServerCert())).isEqualTo(Next.OBSERVE);
    assertThat(look(NONE, null, THERE).at(aServerCert())).isEqualTo(Next.OBSERVE);
    assertThat(look(NONE, stopped(aRootCA()), NONE).at(aServerCert())).isEqualTo(Next.OBSERVE);
  }

  @Test
  void shouldObserveWhatHasASecretOrAStatus() {
    ServerCert reported = stopped(aServerCert());

    assertThat(look(THERE, aRootCA(), NONE).at(aServerCert())).isEqualTo(Next.OBSERVE);
    assertThat(look(THERE, aRootCA(), THERE).at(aServerCert())).isEqualTo(Next.OBSERVE);
    assertThat(look(NONE, aRootCA(), NONE).at(reported)).isEqualTo(Next.OBSERVE);
    assertThat(look(NONE, aRootCA(), THERE).at(reported)).isEqualTo(Next.OBSERVE);
  }

  @Test
  void shouldLeaveRsaKeysToTheirOwnQueue() {
    ServerCert rsa = aServerCert(it -> it.privateKey(KeyAlgorithm.RSA, 2048));

    assertThat(look(NONE, aRootCA(), THERE).at(rsa)).isEqualTo(Next.OBSERVE);
    assertThat(look(NONE, aRootCA(), NONE).at(rsa)).isEqualTo(Next.AWAIT_CA);
  }

  private static FirstLook look(boolean secret, @Nullable RootCA ca, boolean generation) {
    return new FirstLook(
        leaf -> secret, (leaf, name) -> Optional.ofNullable(ca), name -> generation);
  }

  private static RootCA stopped(RootCA ca) {
    ca.setStatus(FailedRuns.status(ca, new Finding(Reason.InternalError, "stopped"), NOW));
    return ca;
  }

  private static <L extends LeafCert<?>> L stopped(L leaf) {
    leaf.setStatus(FailedRuns.status(leaf, new Finding(Reason.InternalError, "stopped"), NOW));
    return leaf;
  }
}
