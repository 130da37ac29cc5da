package dev.mtlsoperator.reconcile;

import static dev.mtlsoperator.rotation.Fixtures.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Generation;
import dev.mtlsoperator.api.GenerationState;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.rotation.Blueprint;
import dev.mtlsoperator.rotation.CaGeneration;
import dev.mtlsoperator.rotation.History;
import dev.mtlsoperator.rotation.Issuance;
import dev.mtlsoperator.rotation.Latches;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.rotation.Lineage.Suspect;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A generation that had left is none, whoever puts its Secret back. */
final class GenerationsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA ROOT = root();
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(Blueprint.of(aRootCA("root", "3650d")), NOW);

  @Test
  void shouldNotTakeBackAGenerationThatWasWithdrawn() {
    // given: 2 was withdrawn, and status lists 1 alone
    Sealed remembering = read(GenerationSecret.remember(sealed(1), 2, Set.of(), 0, SEAL));

    // then: neither what status remembers, nor what 1 does, is forgotten
    assertReturned(lineage(reported(0, 2), sealed(1), sealed(2)), 2);
    assertReturned(lineage(reported(0, 0), remembering, sealed(2)), 2);
    // even where status is lost
    assertReturned(
        Generations.lineage(List.of(remembering, sealed(2)), List.of(), Reported.nothing()), 2);
  }

  @Test
  void shouldTakeOneThatWasMadeAMomentAgo() {
    Sealed remembering = read(GenerationSecret.remember(sealed(1), 2, Set.of(), 0, SEAL));

    assertThat(lineage(reported(0, 2), remembering, sealed(3)).isProven()).isTrue();
    assertThat(lineage(reported(0, 2), remembering, sealed(3)).toRemember().highest()).isEqualTo(3);
    // where status is lost, nobody is kept from anything
    assertThat(Generations.lineage(List.of(remembering), List.of(), Reported.nothing()).isProven())
        .isTrue();
  }

  private static void assertReturned(Lineage lineage, int number) {
    assertThat(lineage.suspects()).extracting(Suspect::number).containsExactly(number);
  }

  private static Lineage lineage(Reported reported, Sealed... all) {
    return Generations.lineage(List.of(all), Stream.of(all).map(Sealed::secret).toList(), reported);
  }

  private static Reported reported(int retires, int highest) {
    return new Reported(
        List.of(
            new Generation(
                1,
                "root-ca-1",
                GenerationState.Signing,
                "1",
                Fingerprint.of(AUTHORITY.certificate()).text(),
                "",
                "",
                "",
                1L)),
        Optional.empty(),
        new History(Set.of(), retires, highest));
  }

  private static RootCA root() {
    RootCA ca = aRootCA("root", "3650d");
    ca.getMetadata().setNamespace("ns");
    ca.getMetadata().setUid("uid");
    return ca;
  }

  private static Sealed sealed(int number) {
    return read(
        GenerationSecret.create(
            ROOT,
            new CaGeneration(
                number,
                CaPath.root(AUTHORITY.certificate()),
                Optional.empty(),
                Optional.empty(),
                number == 1 ? Latches.none().with(it -> it.signingSince(NOW)) : Latches.none()),
            AUTHORITY.key(),
            "Created",
            SEAL));
  }

  private static Sealed read(Secret secret) {
    return GenerationSecret.read("ns", "root", secret, SEAL).orElseThrow();
  }
}
