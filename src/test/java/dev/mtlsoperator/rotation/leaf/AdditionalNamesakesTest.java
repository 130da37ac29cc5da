package dev.mtlsoperator.rotation.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.MalformedCertificate;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;

/** What one RootCA brings by additionalTrust does not come between a leaf and another RootCA. */
final class AdditionalNamesakesTest {
  private static final CAName ONE = new CAName("shop", "one");
  private static final CAName OTHER = new CAName("shop", "other");

  private final X509Certificate root = twin();
  private final X509Certificate bare =
      MalformedCertificate.root(
              it -> {
                it.subject = new X500Name("CN=twin");
                it.keyIdentifier = null;
              })
          .certificate();
  private final X509Certificate partner =
      MalformedCertificate.root(it -> it.subject = new X500Name("CN=partner")).certificate();

  private static X509Certificate twin() {
    return MalformedCertificate.root(it -> it.subject = new X500Name("CN=twin")).certificate();
  }

  @Test
  void shouldLeaveOutWhatIsTakenForAnotherRootCAAndTellIt() {
    AdditionalNamesakes namesakes = among(List.of());

    assertThat(namesakes.admitted(OTHER, List.of(bare, partner))).containsExactly(partner);
    assertThat(namesakes.leftOut())
        .singleElement()
        .satisfies(
            pair -> {
              assertThat(pair.first()).isEqualTo(root);
              assertThat(pair.second()).isEqualTo(bare);
            });
  }

  @Test
  void shouldKeepWhatIsHeldAndWhatCanBeToldApart() {
    assertThat(among(List.of(bare)).admitted(OTHER, List.of(bare))).containsExactly(bare);
    X509Certificate another = twin();
    assertThat(among(List.of()).admitted(OTHER, List.of(another))).containsExactly(another);
    // each RootCA judges its own
    assertThat(among(List.of()).admitted(ONE, List.of(bare))).containsExactly(bare);
  }

  @Test
  void shouldAdmitTheFirstOfTwoThatAreAdditional() {
    AdditionalNamesakes namesakes =
        new AdditionalNamesakes(new HashMap<>(), List.of(), MalformedCertificate.NOW);

    assertThat(namesakes.admitted(ONE, List.of(root))).containsExactly(root);
    assertThat(namesakes.admitted(OTHER, List.of(bare))).isEmpty();
  }

  private AdditionalNamesakes among(List<X509Certificate> held) {
    return new AdditionalNamesakes(
        new HashMap<>(Map.of(ONE, List.of(root), OTHER, List.of())),
        held,
        MalformedCertificate.NOW);
  }
}
