package dev.mtlsoperator.pki;

import static dev.mtlsoperator.consumers.OpensslCa.CA;
import static dev.mtlsoperator.consumers.OpensslCa.INTERMEDIATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.OpensslCa;
import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CAs that people bring, as openssl makes them. */
class ImportedCaTest {
  private static final String ROOT = "/C=DE/O=Example/CN=root";

  @TempDir static Path folder;
  private static OpensslCa files;

  @BeforeAll
  static void make() {
    files = new OpensslCa(folder);
    files.key("root", "prime256v1").root("root", ROOT, CA);
    files.rootOf("root-again", "root", ROOT, CA);
    files.key("middle", "secp384r1").signed("middle", "/CN=middle", "root", CA);
    files.key("issuing", "prime256v1").signed("issuing", "/CN=issuing", "middle", INTERMEDIATE);
    files.key("stranger", "prime256v1").root("stranger", "/CN=stranger", CA);
  }

  // ---- what is taken

  @Test
  void shouldTakeARootFromEitherFile() {
    CaPath alone = read(pem("root"), "", "root");

    assertThat(alone.isRoot()).isTrue();
    assertThat(alone.chain()).isEmpty();
    assertThat(alone.anchor()).isEqualTo(certificate("root"));
    assertThat(read(pem("root"), pem("root"), "root")).isEqualTo(alone);
  }

  @Test
  void shouldBuildTheWayFromCertificatesInAnyOrder() {
    CaPath expected =
        new CaPath(certificate("issuing"), List.of(certificate("middle")), certificate("root"));
    List<String> names = new java.util.ArrayList<>(List.of("issuing", "middle", "root"));

    for (int i = 0; i < 6; i++) {
      Collections.shuffle(names, new java.util.Random(i));
      assertThat(read(pem(names.toArray(String[]::new)), "", "issuing")).isEqualTo(expected);
    }
    assertThat(read(pem("issuing", "middle"), pem("root"), "issuing")).isEqualTo(expected);
    assertThat(read(pem("issuing"), pem("root", "middle", "issuing"), "issuing"))
        .isEqualTo(expected);
    assertThat(expected.chain()).containsExactly(certificate("issuing"), certificate("middle"));
    assertThat(expected.end()).isEqualTo(certificate("root").getNotAfter().toInstant());
  }

  @Test
  void shouldTakeTheWayThatLastsLongest() {
    files.rootOf("root-short", "root", ROOT, more(CA, "-days 30"));

    CaPath path = read(pem("middle", "root-short"), pem("root"), "middle");

    assertThat(path.anchor()).isEqualTo(certificate("root"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PKCS8", "SEC1", "PKCS1"})
  void shouldReadKeysInEachForm(String form) {
    files.rsa("rsa", 2048).root("rsa", "/CN=rsa", CA);
    files.run("pkcs8", "-topk8", "-nocrypt", "-in", "root.key", "-out", "root.pkcs8");
    files.run("rsa", "-in", "rsa.key", "-traditional", "-out", "rsa.pkcs1");

    CaPath path =
        switch (form) {
          case "PKCS8" ->
              ImportedCa.read(pem("root"), Optional.empty(), files.text("root.pkcs8")).path();
          case "SEC1" ->
              ImportedCa.read(pem("root"), Optional.empty(), files.text("root.key")).path();
          default -> ImportedCa.read(pem("rsa"), Optional.empty(), files.text("rsa.pkcs1")).path();
        };

    assertThat(path.isRoot()).isTrue();
  }

  @Test
  void shouldTakeARootThatSignedItselfWithSha1() {
    files.rootOf("old", "root", ROOT, more(CA, "-sha1"));

    assertThat(read(pem("middle"), pem("old"), "middle").anchor()).isEqualTo(certificate("old"));
  }

  @Test
  void shouldTakeWhatHasNoKeyIdentifiers() {
    files
        .key("bare", "prime256v1")
        .root("bare", "/CN=bare", List.of("basicConstraints=critical,CA:TRUE"))
        .key("under-bare", "prime256v1")
        .signed("under-bare", "/CN=under", "bare", List.of("basicConstraints=critical,CA:TRUE"));

    assertThat(read(pem("under-bare"), pem("bare"), "under-bare").chain()).hasSize(1);
  }

  @Test
  void shouldRefuseAKeyIdentifierThatOpensslAndGoRefuse() {
    files.rootOf(
        "critical",
        "root",
        ROOT,
        List.of(CA.get(0), CA.get(1), "subjectKeyIdentifier=critical,hash"));

    assertThatThrownBy(() -> read(pem("critical"), "", "root"))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("key identifier that is marked as critical");
  }

  // ---- who verifies it

  @Test
  void shouldKnowWhoVerifiesItWithoutBeingToldAnythingNew() {
    CaPath root = read(pem("root"), "", "root");
    CaPath again = read(pem("root-again"), "", "root");
    CaPath middle = read(pem("middle"), pem("root"), "middle");
    files.rootOf(
        "stricter",
        "root",
        ROOT,
        List.of("basicConstraints=critical,CA:TRUE,pathlen:1", CA.get(1), CA.get(2)));
    files.rootOf(
        "other-identifier",
        "root",
        ROOT,
        List.of(CA.get(0), CA.get(1), "subjectKeyIdentifier=0102030405"));

    assertThat(middle.isVerifiedBy(root)).isTrue();
    assertThat(again.isVerifiedBy(root)).isTrue();
    assertThat(read(pem("stranger"), "", "stranger").isVerifiedBy(root)).isFalse();
    assertThat(read(pem("stricter"), "", "root").isVerifiedBy(root)).isFalse();
    assertThat(read(pem("other-identifier"), "", "root").isVerifiedBy(root)).isFalse();
  }

  // ---- what is refused

  @Test
  void shouldSayWhatIsWrongWithACertificateOfTheHandMadeProcedureAndHowToMendIt() throws Exception {
    files.rsa("seed", 2048).root("seed", "/C=CN/ST=Zhejiang/O=Example/CN=seed root", List.of());
    files.rsa("web", 2048).signed("web", "/CN=web", "seed", List.of());

    assertThatThrownBy(() -> read(pem("seed"), "", "seed"))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("'CN=seed root,O=Example,ST=Zhejiang,C=CN' is not a CA's certificate")
        .hasMessageContaining("X.509 version 1 without any extension")
        .hasMessageContaining(
            "openssl x509 -in tls.crt -signkey tls.key -sha256 -days 3650 -extfile ca.ext -out new.crt");

    // when: what the message says
    java.nio.file.Files.copy(folder.resolve("seed.crt"), folder.resolve("tls.crt"));
    java.nio.file.Files.copy(folder.resolve("seed.key"), folder.resolve("tls.key"));
    java.nio.file.Files.write(folder.resolve("ca.ext"), CA);
    files.run(
        "x509 -in tls.crt -signkey tls.key -sha256 -days 3650 -extfile ca.ext -out new.crt"
            .split(" "));

    // then: it is one, and what was signed before is still valid
    assertThat(read(pem("new"), "", "seed").isRoot()).isTrue();
    files.run("verify", "-CAfile", "new.crt", "web.crt");
  }

  @Test
  void shouldRefuseWhatIsNoCa() {
    files
        .rootOf("leaf", "root", "/CN=leaf", List.of("basicConstraints=critical,CA:FALSE"))
        .rootOf("no-sign", "root", "/CN=no sign", List.of(CA.get(0), "keyUsage=critical,cRLSign"))
        .rootOf("mail", "root", "/CN=mail", more(CA, "extendedKeyUsage=emailProtection"))
        .rootOf("critical", "root", "/CN=critical", more(CA, "1.2.3.4=critical,DER:0500"));

    refused(pem("leaf"), "", "root", "'CN=leaf' is not a CA's certificate: its basic constraints");
    refused(pem("no-sign"), "", "root", "'CN=no sign' may not sign certificates", "keyCertSign");
    refused(pem("mail"), "", "root", "'CN=mail' is neither for TLS servers nor for TLS clients");
    refused(pem("critical"), "", "root", "'CN=critical' has a critical extension");
  }

  @Test
  void shouldRefuseAKeyThatDoesNotFit() {
    files.run("ec", "-in", "root.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key");
    files.run(
        "pkcs8", "-topk8", "-in", "root.key", "-passout", "pass:secret", "-out", "locked8.key");
    files.key("koblitz", "secp256k1").rsa("weak", 1024).root("weak", "/CN=weak", CA);

    refused(pem("root"), "", "stranger", "tls.key does not belong to 'CN=root,O=Example,C=DE'");
    refused(pem("issuing", "middle"), "", "stranger", "does not belong to any of the certificates");
    for (String locked : List.of("locked", "locked8")) {
      refused(
          pem("root"),
          "",
          locked,
          "tls.key: ",
          "it holds an encrypted private key: `openssl pkey -in FILE -out tls.key`");
    }
    refused(pem("root"), "", "koblitz", "tls.key: the private key is on a curve");
    refused(pem("weak"), "", "weak", "tls.key: the key is of a kind that is not supported");
    assertThatThrownBy(
            () ->
                ImportedCa.read(
                    pem("root"),
                    Optional.empty(),
                    files.text("root.key") + files.text("stranger.key")))
        .hasMessageContaining("tls.key: it holds 2 private keys");
    assertThatThrownBy(() -> ImportedCa.read(pem("root"), Optional.empty(), "nothing"))
        .hasMessageContaining("tls.key: there is no unencrypted private key")
        .hasMessageNotContaining("nothing");
    for (int i = 0; i < 3; i++) {
      files.rootOf("again" + i, "root", ROOT, CA);
    }
    refused(
        pem("root", "root-again", "again0", "again1", "again2"),
        "",
        "root",
        "tls.crt holds 5 certificates of the key in tls.key, at most 4 are read: keep the one");
  }

  @Test
  void shouldRefuseAChainThatLeadsNowhere() {
    files
        .key("impostor", "prime256v1")
        .root("impostor", ROOT, List.of("basicConstraints=critical,CA:TRUE", CA.get(1)));

    refused(
        pem("issuing"),
        pem("root"),
        "issuing",
        "no certification path to a self-signed root: the issuer of 'CN=issuing', 'CN=middle', is missing");
    refused(pem("issuing", "middle"), "", "issuing", "'CN=root,O=Example,C=DE', is missing");
    refused(
        pem("middle"),
        pem("impostor"),
        "middle",
        "'CN=middle' names 'CN=root,O=Example,C=DE' as its issuer, but the signature does not verify");
    refused(
        pem("root", "stranger"),
        "",
        "root",
        "'CN=stranger' is not part of the certification path",
        "move it to ca.crt, or to additionalTrust");
  }

  @Test
  void shouldRefuseABrokenSignature() {
    byte[] der = Der.of(certificate("root"));
    der[der.length - 1] ^= 1;
    String broken = Pem.block("CERTIFICATE", der);

    refused(broken, "", "root", "is its own issuer by name, but its signature does not verify");
  }

  @Test
  void shouldRefuseAPathLengthThatForbidsIt() {
    files.rootOf(
        "short",
        "root",
        ROOT,
        List.of("basicConstraints=critical,CA:TRUE,pathlen:0", CA.get(1), CA.get(2)));

    refused(
        pem("middle"),
        pem("short"),
        "middle",
        "'CN=root,O=Example,C=DE' allows 0 intermediates below it (path length), and there are 1");
    assertThat(read(pem("short"), "", "root").isRoot()).isTrue();
  }

  @Test
  void shouldRefuseWhatIsWeak() {
    files
        .signedOf("sha1", "middle", "/CN=sha1", "root", more(CA, "-sha1"))
        .rsa("weak-root", 1024)
        .root("weak-root", "/CN=weak root", CA)
        .key("under-weak", "prime256v1")
        .signed("under-weak", "/CN=under weak", "weak-root", CA);

    refused(pem("sha1"), pem("root"), "middle", "'CN=sha1' is signed with SHA1withECDSA");
    refused(
        pem("under-weak"),
        pem("weak-root"),
        "under-weak",
        "'CN=weak root' has a key that is too weak");
  }

  @Test
  void shouldRefuseMoreThanItsBounds() {
    String name = "x".repeat(64);
    files.rootOf(
        "long", "root", "/OU=" + name + "/CN=" + name, more(CA, "nsComment=" + "y".repeat(11000)));

    refused(pem("long"), "", "root", "bytes, at most 10240 are read");
    refused("x".repeat(200_000), "", "root", "tls.crt is too long: at most");
    refused("", "", "root", "tls.crt: there is no certificate in the PEM text");
    String previous = "root";
    StringBuilder above = new StringBuilder();
    for (int i = 1; i <= 6; i++) {
      above.append(pem(previous));
      files.key("deep" + i, "prime256v1").signed("deep" + i, "/CN=deep" + i, previous, CA);
      previous = "deep" + i;
    }
    refused(pem("deep6") + above, "", "deep6", "of at most 6 certificates");
    StringBuilder many = new StringBuilder(pem("root"));
    for (int i = 0; i < 16; i++) {
      files.rootOf("many", "stranger", "/CN=many" + i, CA);
      many.append(pem("many"));
    }
    refused(many.toString(), "", "root", "17 certificates, at most 16 are read");
  }

  private static void refused(String certificates, String roots, String key, String... parts) {
    assertThatThrownBy(() -> read(certificates, roots, key))
        .isInstanceOf(PkiException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("PRIVATE KEY-----"));
  }

  private static CaPath read(String certificates, String roots, String key) {
    return ImportedCa.read(
            certificates,
            roots.isEmpty() ? Optional.empty() : Optional.of(roots),
            files.text(key + ".key"))
        .path();
  }

  private static String pem(String... names) {
    return files.certificates(names);
  }

  private static X509Certificate certificate(String name) {
    return Pem.readCertificates(pem(name)).get(0);
  }

  private static List<String> more(List<String> some, String another) {
    return Stream.concat(some.stream(), Stream.of(another)).toList();
  }
}
