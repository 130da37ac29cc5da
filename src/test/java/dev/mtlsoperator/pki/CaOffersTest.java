package dev.mtlsoperator.pki;

import static dev.mtlsoperator.consumers.OpensslCa.CA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.OpensslCa;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the certificates in the files of a CA, as openssl makes them. */
@Tag("programs")
final class CaOffersTest {
  private static final List<String> BELOW =
      Stream.concat(CA.stream(), Stream.of("authorityKeyIdentifier=keyid")).toList();

  @TempDir static Path folder;
  private static OpensslCa files;

  @BeforeAll
  static void make() {
    files = new OpensslCa(folder);
    files.key("old", "prime256v1").root("old", "/O=Example/CN=Old Root", CA);
    files.key("new", "prime256v1").root("new", "/O=Example/CN=New Root", CA);
    files.signedOf("cross", "new", "/O=Example/CN=New Root", "old", BELOW);
    files.key("issuing", "prime256v1").signed("issuing", "/CN=issuing", "new", BELOW);
    files.key("other", "prime256v1").root("other", "/O=Example/CN=Other Root", CA);
    files.rootOf("new-short", "new", "/O=Example/CN=New Root", with("-days 30"));
    files.key("web", "prime256v1").signed("web", "/CN=web", "issuing", List.of());
  }

  // ---- cross-certificates (cert-manager/cert-manager#7645)

  @Test
  void shouldSendACrossCertificateAfterThePath() {
    CaOffer alone = offer(pem("issuing", "cross"), pem("new"), "issuing");
    CaOffer both = offer(pem("cross", "issuing"), pem("new", "old"), "issuing");

    for (CaOffer offer : List.of(alone, both)) {
      assertThat(offer.path().chain()).containsExactly(certificate("issuing"));
      assertThat(offer.path().anchor()).isEqualTo(certificate("new"));
      assertThat(offer.path().crosses()).containsExactly(certificate("cross"));
      assertThat(offer.notes()).anyMatch(note -> note.startsWith("sent along as cross-cert"));
      assertThat(offer.leftOut()).isEmpty();
    }
    assertThat(alone.trust()).isEmpty();
    assertThat(both.trust()).containsExactly(certificate("old"));
    files.run("verify", "-CAfile", "old.crt", "-untrusted", sent(both), "web.crt");
    files.run("verify", "-CAfile", "new.crt", "-untrusted", sent(both), "web.crt");
  }

  @Test
  void shouldSendTheCertificatesAboveACrossCertificate() {
    files
        .key("old-middle", "prime256v1")
        .signed("old-middle", "/CN=old middle", "old", BELOW)
        .signedOf("far", "new", "/O=Example/CN=New Root", "old-middle", BELOW);

    CaOffer offer = offer(pem("old-middle", "far", "issuing", "old"), pem("new"), "issuing");

    assertThat(offer.path().crosses())
        .containsExactly(certificate("far"), certificate("old-middle"));
    assertThat(offer.trust()).containsExactly(certificate("old"));
    files.run("verify", "-CAfile", "old.crt", "-untrusted", sent(offer), "web.crt");
  }

  @Test
  void shouldSendACrossCertificateOnlyWhileItIsInForce() {
    CaPath path = offer(pem("issuing", "cross"), pem("new"), "issuing").path();
    X509Certificate cross = certificate("cross");

    assertThat(path.crosses(cross.getNotBefore().toInstant())).containsExactly(cross);
    assertThat(path.crosses(cross.getNotBefore().toInstant().minusSeconds(1))).isEmpty();
    assertThat(path.crosses(cross.getNotAfter().toInstant())).isEmpty();
  }

  @Test
  void shouldSayWhyACrossCertificateIsNotSent() {
    files.signedOf("weak", "new", "/O=Example/CN=New Root", "old", with("-sha1"));

    CaOffer offer = offer(pem("issuing", "weak"), pem("new"), "issuing");

    assertThat(offer.path().crosses()).isEmpty();
    assertThat(offer.leftOut())
        .singleElement()
        .asString()
        .contains("a cross-certificate is not sent along", "SHA1withECDSA");
  }

  // ---- several certificates of one key (openssl/openssl#16304)

  @Test
  void shouldTakeTheOneInForceThatLastsLongest() {
    List<CaOffer> offers = offers(pem("new-short", "cross", "new"), pem("old"), "new");
    Instant now = Instant.now();
    Instant shortest = certificate("new-short").getNotAfter().toInstant();

    assertThat(offers).hasSize(3);
    assertThat(CaOffer.inForce(offers, now).path().certificate()).isEqualTo(certificate("new"));
    assertThat(CaOffer.inForce(offers, shortest.plusSeconds(1))).isEqualTo(offers.get(0));
    assertThat(offers(pem("new", "cross", "new-short"), pem("old"), "new")).isEqualTo(offers);
    CaOffer taken = offers.get(0);
    assertThat(taken.path().isRoot()).isTrue();
    assertThat(taken.path().crosses()).containsExactly(certificate("cross"));
    assertThat(taken.trust()).containsExactly(certificate("old"));
    assertThat(taken.notes().get(0))
        .startsWith("of the 3 certificates of its key in tls.crt this one is used: 'CN=New Root");
  }

  @Test
  void shouldTellOfTheOneThatLastsLongestWhereNoneIsInForce() {
    List<CaOffer> offers = offers(pem("new-short", "new"), "", "new");
    Instant end = offers.get(0).path().end();

    assertThat(CaOffer.inForce(offers, Instant.EPOCH)).isEqualTo(offers.get(0));
    assertThat(CaOffer.inForce(offers, end.plus(Duration.ofDays(1)))).isEqualTo(offers.get(0));
  }

  @Test
  void shouldPassOverACertificateOfItsKeyThatIsOfNoUse() {
    files.rootOf("no-ca", "new", "/O=Example/CN=New Root", List.of());

    assertThat(offer(pem("no-ca", "new"), "", "new").path().anchor()).isEqualTo(certificate("new"));
    assertThatThrownBy(() -> offer(pem("no-ca"), "", "new")).hasMessageContaining("is not a CA's");
  }

  // ---- a bundle in ca.crt (strimzi/strimzi-kafka-operator#12875)

  @Test
  void shouldTrustWhatElseIsInTheBundle() {
    String bundle = pem("old", "new", "other", "new-short", "web");

    CaOffer offer = offer(pem("issuing"), bundle, "issuing");

    assertThat(offer.path().anchor()).isEqualTo(certificate("new"));
    assertThat(offer.trust()).containsExactly(certificate("old"), certificate("other"));
    assertThat(offer.notes())
        .containsExactly(
            "also trusted, like certificates of additionalTrust, are other CAs in ca.crt: 2");
    assertThat(offer.leftOut())
        .singleElement()
        .asString()
        .contains("ca.crt, certificate 5 of 5, is not trusted", "'CN=web' is not a CA's");
  }

  @Test
  void shouldFindItsRootAmongHundreds() {
    StringBuilder bundle = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      int number = i;
      bundle.append(
          Pem.write(
              MalformedCertificate.root(it -> it.subject = new X500Name("CN=root " + number))
                  .certificate()));
    }

    CaOffer offer = offer(pem("issuing"), bundle + pem("new"), "issuing");

    assertThat(offer.path().anchor()).isEqualTo(certificate("new"));
    assertThat(offer.trust()).hasSize(200);
  }

  // haproxy/haproxy#968: OpenSSL tries only the first one of a name
  @Test
  void shouldNotTrustANamesakeThatNothingTellsApart() {
    files
        .key("namesake", "prime256v1")
        .root(
            "namesake",
            "/O=Example/CN=New Root",
            List.of(CA.get(0), CA.get(1), "subjectKeyIdentifier=none"));

    CaOffer offer = offer(pem("issuing"), pem("namesake", "new"), "issuing");

    assertThat(offer.trust()).isEmpty();
    assertThat(offer.leftOut())
        .singleElement()
        .asString()
        .contains("another key under the name 'CN=New Root,O=Example'");
  }

  private static String sent(CaOffer offer) {
    try {
      Files.writeString(
          folder.resolve("sent.crt"),
          Pem.write(
              Stream.concat(offer.path().chain().stream(), offer.path().crosses().stream())
                  .toList()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "sent.crt";
  }

  private static CaOffer offer(String certificates, String bundle, String key) {
    return offers(certificates, bundle, key).get(0);
  }

  private static List<CaOffer> offers(String certificates, String bundle, String key) {
    return ImportedCa.read(
            certificates,
            bundle.isEmpty() ? Optional.empty() : Optional.of(bundle),
            files.text(key + ".key"))
        .offers();
  }

  private static String pem(String... names) {
    return files.certificates(names);
  }

  private static X509Certificate certificate(String name) {
    return Pem.readCertificates(pem(name)).get(0);
  }

  private static List<String> with(String option) {
    return Stream.concat(BELOW.stream(), Stream.of(option)).toList();
  }
}
