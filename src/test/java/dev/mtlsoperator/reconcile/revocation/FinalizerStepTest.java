package dev.mtlsoperator.reconcile.revocation;

import static dev.mtlsoperator.fixtures.LeafStatusFixture.aLeafStatus;
import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FinalizerStepTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final RootCA ASKING = aRootCA(it -> it.revocation("30d").revokeOnDelete());
  private static final CAName ROOT = CAName.of(ASKING);

  private static final BigInteger SERIAL = BigInteger.valueOf(0x0A1B2C);
  private static final Revocations.Signers SIGNERS =
      new Revocations.Signers(Set.of(1), Set.of(1), Set.of());

  private final Revocations revocations = new Revocations();
  private final CertificateAuthority ca = TestCrls.root(NOW);

  private static ServerCert web(@Nullable Instant deleted, String... finalizers) {
    ServerCert web = aServerCert();
    web.getMetadata().setFinalizers(List.of(finalizers));
    web.getMetadata().setDeletionTimestamp(deleted == null ? null : deleted.toString());
    web.setStatus(
        aLeafStatus(
            List.of(),
            "0A1B2C",
            List.of(
                new IssuedCertificate("0A1B2C", "2027-02-01T00:00:00Z", "shop/root", 1, null))));
    return web;
  }

  private FinalizerStep step(ServerCert leaf, @Nullable RootCA root) {
    return FinalizerStep.of(
        leaf, name -> Optional.ofNullable(root).filter(c -> name.equals(ROOT)), revocations, NOW);
  }

  private void sign(BigInteger... serials) {
    Crl crl = crl(serials);
    revocations.published(ASKING, known(crl), List.of(crl), SIGNERS);
  }

  private static KnownCrls known(Crl crl) {
    return new KnownCrls(new TreeMap<>(Map.of(1, crl)), Map.of(), Map.of());
  }

  private Crl crl(BigInteger... serials) {
    return TestCrls.of(
        ca,
        NOW,
        List.of(serials).stream()
            .map(serial -> new RevokedCertificate(serial, NOW, Optional.empty()))
            .toArray(RevokedCertificate[]::new));
  }

  @Test
  void shouldHoldTheLeavesOfARootCaThatAsks() {
    assertThat(step(web(null), ASKING)).isEqualTo(new FinalizerStep.Add(ROOT));
    assertThat(step(web(null, Api.REVOKE_FINALIZER), ASKING))
        .isEqualTo(new FinalizerStep.Nothing());
    assertThat(step(web(null), aRootCA(it -> it.revocation("30d"))))
        .isEqualTo(new FinalizerStep.Nothing());
    // one is not added to what is deleted: the API server refuses it
    assertThat(step(web(NOW, "example.com/mine"), ASKING)).isEqualTo(new FinalizerStep.Nothing());
  }

  @Test
  void shouldAwaitTheCrlOfADeletedLeaf() {
    ServerCert deleted = web(NOW.minusSeconds(3), Api.REVOKE_FINALIZER);
    FinalizerStep.Await await = new FinalizerStep.Await(new TreeSet<>(List.of(ROOT)));

    assertThat(step(deleted, ASKING)).isEqualTo(await);
    sign();
    assertThat(step(deleted, ASKING)).isEqualTo(await);
    sign(SERIAL);
    assertThat(step(deleted, ASKING)).isEqualTo(await);
    revocations.delivered(ASKING);
    // neither the record nor the ConfigMap can be written
    assertThat(step(deleted, ASKING)).isEqualTo(await);
    revocations.kept(ASKING, known(crl(SERIAL)));
    assertThat(step(deleted, ASKING)).isEqualTo(new FinalizerStep.Remove());
    // a run may be about to list one more
    assertThat(step(web(NOW.minusSeconds(1), Api.REVOKE_FINALIZER), ASKING))
        .isEqualTo(new FinalizerStep.Await(new TreeSet<>()));
  }

  @Test
  void shouldAwaitTheRecordOfACrlThatNoTrustBundleGets() {
    ServerCert deleted = web(NOW.minusSeconds(3), Api.REVOKE_FINALIZER);
    Crl crl = crl(SERIAL);
    revocations.published(ASKING, known(crl), List.of(), SIGNERS);
    revocations.delivered(ASKING);
    assertThat(LeafRevocations.withDeletion(deleted).stream().map(c -> revocations.progress(c)))
        .containsExactly(Revocations.Progress.HELD_BACK);

    // the record has an older one
    revocations.kept(ASKING, known(crl()));
    assertThat(step(deleted, ASKING))
        .isEqualTo(new FinalizerStep.Await(new TreeSet<>(List.of(ROOT))));
    revocations.kept(ASKING, known(crl));
    assertThat(step(deleted, ASKING)).isEqualTo(new FinalizerStep.Remove());
  }

  @Test
  void shouldLetGoWhenTheRootCaIsGoneOrDoesNotAskAnyMore() {
    RootCA going = aRootCA(it -> it.revocation("30d").revokeOnDelete());
    going.getMetadata().setDeletionTimestamp(NOW.toString());
    RootCA off = aRootCA(it -> it.revocation("30d"));

    for (ServerCert leaf :
        List.of(web(null, Api.REVOKE_FINALIZER), web(NOW, Api.REVOKE_FINALIZER))) {
      assertThat(step(leaf, null)).isEqualTo(new FinalizerStep.Remove());
      assertThat(step(leaf, going)).isEqualTo(new FinalizerStep.Remove());
      assertThat(step(leaf, off)).isEqualTo(new FinalizerStep.Remove());
      assertThat(step(leaf, aRootCA())).isEqualTo(new FinalizerStep.Remove());
    }
  }

  @Test
  void shouldAwaitNothingThatNoCrlWillList() {
    ServerCert deleted = web(NOW.minusSeconds(3), Api.REVOKE_FINALIZER);
    revocations.published(
        ASKING,
        KnownCrls.none(),
        List.of(),
        new Revocations.Signers(Set.of(2), Set.of(2), Set.of()));
    assertThat(step(deleted, ASKING))
        .as("its generation is gone")
        .isEqualTo(new FinalizerStep.Remove());
    revocations.published(
        ASKING,
        KnownCrls.none(),
        List.of(),
        new Revocations.Signers(Set.of(1), Set.of(), Set.of(1)));
    assertThat(step(deleted, ASKING)).as("it may not").isEqualTo(new FinalizerStep.Remove());
    sign();
    assertThat(
            FinalizerStep.of(
                deleted,
                name -> Optional.of(ASKING),
                revocations,
                Instant.parse("2027-02-01T00:00:00Z")))
        .as("it has expired")
        .isEqualTo(new FinalizerStep.Remove());
  }

  @Test
  void shouldRevokeWhatWasDeletedOnlyWhereItIsAsked() {
    ServerCert deleted = web(NOW, Api.REVOKE_FINALIZER);

    assertThat(LeafRevocations.withDeletion(deleted)).hasSize(1);
    assertThat(LeafRevocations.of(deleted)).isEmpty();
    assertThat(LeafRevocations.withDeletion(web(NOW, "example.com/mine"))).isEmpty();
    assertThat(LeafRevocations.withDeletion(web(null, Api.REVOKE_FINALIZER))).isEmpty();
  }
}
