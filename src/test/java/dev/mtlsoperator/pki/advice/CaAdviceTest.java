package dev.mtlsoperator.pki.advice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** For each rule a CA that it is about, and one that it is just not about. */
class CaAdviceTest {
  private static final Draft.Made ROOT = Draft.root(root -> {});

  static Stream<Arguments> changes() {
    return Stream.of(
        change("ca-without-key-usage", root -> root.without(Extension.keyUsage)),
        change(
            "ca-basic-constraints-not-critical",
            root -> root.with(Extension.basicConstraints, false, new BasicConstraints(true))),
        change(
            "ca-without-subject-key-identifier",
            root -> root.without(Extension.subjectKeyIdentifier)),
        change("negative-serial", root -> root.serial = BigInteger.ONE.negate()),
        change("zero-serial", root -> root.serial = BigInteger.ZERO),
        change("long-serial", root -> root.serial = BigInteger.ONE.shiftLeft(159)),
        change(
            "name-constraints-unknown-to-go",
            root ->
                root.with(
                    Extension.nameConstraints,
                    true,
                    excluding(
                        new GeneralName(GeneralName.dNSName, "example.com"),
                        new GeneralName(new X500Name("O=Nobody"))))),
        change("ca-limited-purpose", root -> root.purpose(KeyPurposeId.id_kp_serverAuth)),
        change("ca-limited-purpose", root -> root.purpose(KeyPurposeId.id_kp_clientAuth)));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void shouldFindInARoot(String id, Consumer<Draft> change) {
    assertThat(on(Draft.root(change))).containsExactly(id);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void shouldFindAboveAnIntermediate(String id, Consumer<Draft> change) {
    Draft.Made root = Draft.root(change);
    Draft.Made below = Draft.intermediate(root, ca -> {});

    assertThat(on(path(below, root))).containsExactly(id);
  }

  static Stream<Consumer<Draft>> harmless() {
    return Stream.of(
        root -> {},
        root -> root.serial = BigInteger.ONE,
        // 20 octets, the highest bit is not set
        root -> root.serial = BigInteger.ONE.shiftLeft(158),
        root -> root.with(Extension.basicConstraints, true, new BasicConstraints(3)),
        // only critical constraints have to be understood
        root ->
            root.with(
                Extension.nameConstraints,
                false,
                excluding(new GeneralName(new X500Name("O=Nobody")))),
        root ->
            root.with(
                Extension.nameConstraints,
                true,
                excluding(
                    new GeneralName(GeneralName.dNSName, "example.com"),
                    new GeneralName(GeneralName.iPAddress, "10.0.0.0/8"),
                    new GeneralName(GeneralName.rfc822Name, "example.com"),
                    new GeneralName(GeneralName.uniformResourceIdentifier, ".example.com"))),
        root -> root.purpose(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth),
        root -> root.purpose(KeyPurposeId.anyExtendedKeyUsage));
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void shouldSayNothingOf(Consumer<Draft> change) {
    assertThat(on(Draft.root(change))).isEmpty();
  }

  @Test
  void shouldFindAnIntermediateWithoutAuthorityKeyIdentifier() {
    Draft.Made without =
        Draft.intermediate(ROOT, ca -> ca.without(Extension.authorityKeyIdentifier));
    Draft.Made withSerialAlone =
        Draft.intermediate(
            ROOT,
            ca ->
                ca.with(
                    Extension.authorityKeyIdentifier,
                    false,
                    new AuthorityKeyIdentifier(
                        new GeneralNames(new GeneralName(new X500Name("CN=root"))),
                        ROOT.certificate().getSerialNumber())));

    assertThat(on(path(without, ROOT))).containsExactly("ca-without-authority-key-identifier");
    assertThat(on(path(withSerialAlone, ROOT)))
        .containsExactly("ca-without-authority-key-identifier");
    assertThat(on(path(Draft.intermediate(ROOT, ca -> {}), ROOT))).isEmpty();
  }

  @Test
  void shouldCountIntermediates() {
    Draft.Made middle = Draft.intermediate(ROOT, ca -> ca.subject = "CN=middle");
    Draft.Made issuing = Draft.intermediate(middle, ca -> {});

    assertThat(
            on(
                new CaPath(
                    issuing.certificate(), List.of(middle.certificate()), ROOT.certificate())))
        .containsExactly("two-intermediates");
    assertThat(on(path(middle, ROOT))).isEmpty();
  }

  @Test
  void shouldKnowKindsOfKeysThatFewRead() throws GeneralSecurityException {
    KeyPairGenerator pss = KeyPairGenerator.getInstance("RSASSA-PSS");
    pss.initialize(2048);

    assertThat(on(Draft.root(pss.generateKeyPair(), ca -> {}))).containsExactly("ca-rsa-pss-key");
    assertThat(on(Draft.root(pair(KeyType.ED25519, 0), ca -> {}))).containsExactly("ed25519-ca");
    assertThat(on(Draft.root(pair(KeyType.RSA, 2048), ca -> {}))).isEmpty();
    // browsers verify it, they only do not offer it for handshakes
    assertThat(on(Draft.root(pair(KeyType.ECDSA, 521), ca -> {}))).isEmpty();
  }

  @Test
  void shouldSayTheWorstFirstAndWhoseCertificateItIs() {
    Draft.Made bare =
        Draft.root(
            root -> {
              root.subject = "CN=bare";
              root.serial = BigInteger.ZERO;
              root.without(Extension.keyUsage).without(Extension.subjectKeyIdentifier);
            });

    List<Advice> advice = CaAdvice.on(CaSubject.of(CaPath.root(bare.certificate())));

    assertThat(advice)
        .extracting(Advice::id)
        .containsExactly(
            "ca-without-key-usage", "ca-without-subject-key-identifier", "zero-serial");
    assertThat(advice.get(0).text())
        .contains("'CN=bare' has no keyUsage", "Python 3.13", "error 92", "openssl x509");
  }

  @Test
  void shouldLookAtAdditionalTrustOnlyForWhatBreaksItThere() {
    X509Certificate foreign =
        Draft.root(
                root -> {
                  root.subject = "CN=foreign";
                  root.serial = BigInteger.ONE.negate();
                  root.without(Extension.keyUsage).without(Extension.subjectKeyIdentifier);
                })
            .certificate();

    assertThat(
            ids(
                new CaSubject(
                    List.of(CaPath.root(ROOT.certificate())),
                    List.of(foreign),
                    List.of(),
                    List.of())))
        .containsExactly("negative-serial");
  }

  @Test
  void shouldTellOfNamesakes() {
    Namesakes.Pair pair =
        new Namesakes.Pair(ROOT.certificate(), Draft.root(root -> {}).certificate());
    List<CaPath> own = List.of(CaPath.root(ROOT.certificate()));

    List<Advice> leftOut = CaAdvice.on(new CaSubject(own, List.of(), List.of(), List.of(pair)));
    List<Advice> stayed = CaAdvice.on(new CaSubject(own, List.of(), List.of(pair), List.of()));

    assertThat(leftOut).extracting(Advice::id).containsExactly("additional-trust-namesake");
    assertThat(leftOut.get(0).text()).contains("left out", "CN=root", "OpenSSL");
    assertThat(stayed).extracting(Advice::id).containsExactly("additional-trust-namesake");
    assertThat(stayed.get(0).text()).doesNotContain("left out");
  }

  private static Arguments change(String id, Consumer<Draft> change) {
    return Arguments.of(id, change);
  }

  private static NameConstraints excluding(GeneralName... names) {
    return new NameConstraints(
        null, Stream.of(names).map(GeneralSubtree::new).toArray(GeneralSubtree[]::new));
  }

  private static KeyPair pair(KeyType type, int size) {
    KeyMaterial key = TestKeys.of(new KeyParameters(type, size));
    return new KeyPair(key.publicKey(), key.revealPrivateKey());
  }

  private static CaPath path(Draft.Made below, Draft.Made root) {
    return new CaPath(below.certificate(), List.of(), root.certificate());
  }

  private static List<String> on(Draft.Made root) {
    return on(CaPath.root(root.certificate()));
  }

  private static List<String> on(CaPath path) {
    return ids(CaSubject.of(path));
  }

  private static List<String> ids(CaSubject subject) {
    return CaAdvice.on(subject).stream().map(Advice::id).toList();
  }
}
