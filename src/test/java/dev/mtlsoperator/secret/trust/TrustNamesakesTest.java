package dev.mtlsoperator.secret.trust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which certificates of {@code additionalTrust} are left out, because of another CA's name. */
class TrustNamesakesTest {
  private static final X509Certificate OWN = certificate(root -> {});
  private static final X509Certificate BARE = certificate(root -> root.keyIdentifier = null);
  private static final X509Certificate LONGER =
      certificate(
          root -> {
            root.keyIdentifier = null;
            root.notAfter = MalformedCertificate.END.plusSeconds(1);
          });
  private static final X509Certificate STRANGER =
      certificate(root -> root.subject = new org.bouncycastle.asn1.x500.X500Name("CN=stranger"));
  private static final CaGenerations GENERATIONS =
      new CaGenerations(List.of(CaGeneration.alone(CaPath.root(OWN))));

  @Test
  void shouldLeaveOutOneWithTheNameOfTheCAItself() {
    TrustNamesakes judged = TrustNamesakes.of(entries(BARE, STRANGER), GENERATIONS, Set.of());

    assertThat(judged.entries().certificates()).containsExactly(STRANGER);
    assertThat(judged.entries().byEntry()).containsOnlyKeys("a".repeat(32));
    assertThat(judged.leftOut()).containsExactly(new Namesakes.Pair(OWN, BARE));
    assertThat(judged.stayed()).isEmpty();
  }

  @Test
  void shouldKeepWhatIsPublishedAlreadyAndTellIt() {
    TrustNamesakes judged =
        TrustNamesakes.of(entries(BARE, STRANGER), GENERATIONS, Set.of(BARE, STRANGER));

    assertThat(judged.entries().certificates()).containsExactlyInAnyOrder(BARE, STRANGER);
    assertThat(judged.stayed()).containsExactly(new Namesakes.Pair(OWN, BARE));
    assertThat(judged.leftOut()).isEmpty();
  }

  @Test
  void shouldTakeOfTwoNewOnesTheOneThatLastsLonger() {
    TrustNamesakes judged =
        TrustNamesakes.of(entries(BARE, LONGER), CaGenerations.none(), Set.of());

    assertThat(judged.entries().certificates()).containsExactly(LONGER);
    assertThat(judged.leftOut()).containsExactly(new Namesakes.Pair(LONGER, BARE));
    assertThat(
            TrustNamesakes.of(entries(BARE, LONGER), CaGenerations.none(), Set.of(BARE))
                .entries()
                .certificates())
        .containsExactly(BARE);
  }

  @Test
  void shouldTakeAllThatCanBeToldApart() {
    X509Certificate other = certificate(root -> {});
    AdditionalEntries entries = entries(other, STRANGER);

    assertThat(TrustNamesakes.of(entries, GENERATIONS, Set.of()))
        .isEqualTo(new TrustNamesakes(entries, List.of(), List.of()));
  }

  private static AdditionalEntries entries(X509Certificate... certificates) {
    TreeMap<String, List<X509Certificate>> byEntry = new TreeMap<>();
    byEntry.put("a".repeat(32), List.of(certificates));
    return new AdditionalEntries(byEntry);
  }

  private static X509Certificate certificate(
      java.util.function.Consumer<MalformedCertificate> changes) {
    return MalformedCertificate.root(changes).certificate();
  }
}
