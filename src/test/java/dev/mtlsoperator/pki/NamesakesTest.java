package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.MalformedCertificate.END;
import static dev.mtlsoperator.pki.MalformedCertificate.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.pki.MalformedCertificate.Pair;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CAs of one subject: which of them a verifier tells apart, and that OpenSSL agrees. */
class NamesakesTest {
  private static final Pair BARE = bare("CN=root");
  private static final Pair OTHER_BARE = bare("CN=root");
  private static final Pair IDENTIFIED = MalformedCertificate.root(root -> {});
  private static final Pair OTHER_IDENTIFIED = MalformedCertificate.root(root -> {});

  @Test
  void shouldConfuseWhatNothingTellsApart() {
    assertThat(areConfusable(BARE, OTHER_BARE)).isTrue();
    assertThat(areConfusable(BARE, IDENTIFIED)).isTrue();
    assertThat(areConfusable(IDENTIFIED, BARE)).isTrue();
    assertThat(areConfusable(IDENTIFIED, OTHER_IDENTIFIED)).isFalse();
    assertThat(areConfusable(BARE, bare("CN=another root"))).isFalse();
    assertThat(areConfusable(BARE, BARE)).isFalse();
  }

  @Test
  void shouldConfuseTheSameIdentifierOfTwoKeys() {
    Pair copied =
        MalformedCertificate.root(
            root -> root.keyIdentifier = KeyIdentifiers.subject(IDENTIFIED.certificate()));

    assertThat(areConfusable(IDENTIFIED, copied)).isTrue();
    assertThat(new Namesakes.Pair(IDENTIFIED.certificate(), copied.certificate()).message())
        .contains("both have the same subjectKeyIdentifier");
  }

  @Test
  void shouldFindThemInABundle() {
    List<X509Certificate> bundle =
        List.of(
            IDENTIFIED.certificate(),
            bare("CN=another root").certificate(),
            OTHER_IDENTIFIED.certificate(),
            BARE.certificate());

    assertThat(Namesakes.among(bundle, NOW))
        .containsExactly(
            new Namesakes.Pair(IDENTIFIED.certificate(), BARE.certificate()),
            new Namesakes.Pair(OTHER_IDENTIFIED.certificate(), BARE.certificate()));
    assertThat(Namesakes.among(bundle.subList(0, 3), NOW)).isEmpty();
    // OpenSSL prefers what is valid
    assertThat(Namesakes.among(bundle, END.plusSeconds(1))).isEmpty();
  }

  @Test
  void shouldProveALeafOnlyWhereItsIssuerIsTheOnlyCandidate() {
    assertThat(refusal(BARE, BARE)).isEmpty();
    assertThat(refusal(BARE, BARE, OTHER_BARE)).contains("same subject 'CN=root'", "nginx");
    assertThat(refusal(BARE, OTHER_BARE, BARE)).contains("neither has a subjectKeyIdentifier");
    assertThat(refusal(IDENTIFIED, IDENTIFIED, OTHER_IDENTIFIED)).isEmpty();
    // the leaf names the key of its issuer, which is not that of the other one
    assertThat(refusal(BARE, BARE, IDENTIFIED)).isEmpty();
    assertThat(refusal(IDENTIFIED, IDENTIFIED, BARE)).contains("has no subjectKeyIdentifier");
  }

  @Test
  void shouldNotMindWhatHasExpired() {
    Pair former =
        MalformedCertificate.root(
            root -> {
              root.keyIdentifier = null;
              root.notAfter = NOW.minusSeconds(1);
            });

    assertThat(refusal(BARE, former, BARE)).isEmpty();
  }

  @Test
  @Tag("programs")
  void shouldRefuseWhatOpensslRefuses(@TempDir Path folder) throws IOException {
    List<Pair> all = List.of(BARE, OTHER_BARE, IDENTIFIED, OTHER_IDENTIFIED);
    for (Pair issuer : all) {
      X509Certificate leaf = leaf(issuer).certificate();
      for (Pair other : all) {
        boolean both =
            verifies(folder, leaf, issuer, other) && verifies(folder, leaf, other, issuer);

        assertThat(refusal(issuer, issuer, other).isEmpty())
            .as("%s beside %s", all.indexOf(issuer), all.indexOf(other))
            .isEqualTo(both);
      }
    }
  }

  private static boolean verifies(Path folder, X509Certificate leaf, Pair first, Pair second)
      throws IOException {
    Files.writeString(folder.resolve("leaf.pem"), Pem.write(leaf));
    Files.writeString(
        folder.resolve("ca.pem"),
        Pem.write(List.of(first.certificate(), second.certificate()).stream().distinct().toList()));
    return Consumer.require("openssl", "apt-get install openssl")
            .run(
                folder,
                "verify",
                "-attime",
                Long.toString(NOW.getEpochSecond()),
                "-CAfile",
                "ca.pem",
                "leaf.pem")
            .exitCode()
        == 0;
  }

  private static String refusal(Pair issuer, Pair... bundle) {
    Pair leaf = leaf(issuer);
    return PublicationProof.of(
            leaf.certificate(),
            List.of(),
            Profile.SERVER,
            leaf.key(),
            List.of(bundle).stream().map(Pair::certificate).distinct().toList(),
            List.<Instant>of(NOW, END.minusSeconds(1)))
        .map(PublicationProof.Refusal::message)
        .orElse("");
  }

  private static Pair leaf(Pair issuer) {
    return MalformedCertificate.leaf(issuer, leaf -> {});
  }

  private static boolean areConfusable(Pair one, Pair other) {
    return Namesakes.areConfusable(one.certificate(), other.certificate());
  }

  private static Pair bare(String subject) {
    return MalformedCertificate.root(
        root -> {
          root.subject = new org.bouncycastle.asn1.x500.X500Name(subject);
          root.keyIdentifier = null;
        });
  }
}
