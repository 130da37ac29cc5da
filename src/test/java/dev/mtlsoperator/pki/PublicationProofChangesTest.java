package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.MalformedCertificate.Pair;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each refusal comes of one thing changed in a chain that is accepted without it. */
class PublicationProofChangesTest {
  private static final List<Instant> INSTANTS =
      List.of(MalformedCertificate.NOW, MalformedCertificate.END.minusSeconds(1));

  @Test
  void shouldAcceptALeafOfItsRoot() {
    assertThat(direct(root -> {}, leaf -> {})).isEmpty();
  }

  @Test
  void shouldAcceptALeafUnderAnIntermediate() {
    assertThat(chained(root -> {}, ca -> {}, leaf -> {})).isEmpty();
  }

  @Test
  void shouldAcceptWhatOurOwnCAMakes() {
    Validity validity =
        new Validity(MalformedCertificate.NOW.minusSeconds(300), MalformedCertificate.END);
    for (KeyParameters parameters : TestKeys.ALL) {
      CertificateAuthority ca =
          PlainCertificates.root(
              DistinguishedName.parse("CN=root"), validity, TestKeys.of(parameters));
      KeyMaterial key = TestKeys.fresh();
      for (Profile profile : List.of(Profile.SERVER, Profile.CLIENT)) {
        X509Certificate leaf =
            ca.issue(
                PlainCertificates.request(
                    profile, DistinguishedName.parse("CN=me"), SubjectAltNames.none(), validity),
                key.publicKey());

        assertThat(
                PublicationProof.of(
                    leaf, List.of(), profile, key, List.of(ca.certificate()), INSTANTS))
            .isEmpty();
      }
    }
  }

  static Stream<Arguments> leavesToRefuse() {
    return Stream.of(
        refused("does not belong", leaf -> leaf.key = TestKeys.fresh()),
        refused(
            "extended key usage does not fit",
            leaf -> leaf.purpose = KeyPurposeId.id_kp_clientAuth),
        refused("extended key usage does not fit", leaf -> leaf.purpose = null),
        refused("lacks digitalSignature", leaf -> leaf.keyUsage = KeyUsage.keyAgreement),
        refused("lacks digitalSignature", leaf -> leaf.keyUsage = null),
        refused("is a CA's", leaf -> leaf.basicConstraints = new BasicConstraints(true)),
        refused("does not hold", leaf -> leaf.authorityKeyIdentifier = false),
        refused(
            "does not verify", leaf -> leaf.notAfter = MalformedCertificate.END.minusSeconds(60)),
        refused(
            "does not verify", leaf -> leaf.notBefore = MalformedCertificate.NOW.plusSeconds(60)),
        refused("does not verify", leaf -> leaf.signingKey = TestKeys.fresh()));
  }

  @ParameterizedTest
  @MethodSource("leavesToRefuse")
  void shouldRefuseALeaf(String because, Consumer<MalformedCertificate> change) {
    Pair root = MalformedCertificate.root(it -> {});
    Pair good = MalformedCertificate.leaf(root, leaf -> {});
    Pair changed = MalformedCertificate.leaf(root, change);
    // the key that would be published: its own, but where the certificate is of another one
    KeyMaterial key = because.equals("does not belong") ? good.key() : changed.key();

    assertThat(proof(changed.certificate(), List.of(), key, root)).contains(because);
  }

  static Stream<Arguments> anchorsToRefuse() {
    return Stream.of(
        refused(
            "is not valid on", root -> root.notAfter = MalformedCertificate.END.minusSeconds(2)),
        refused(
            "is not valid on", root -> root.notBefore = MalformedCertificate.NOW.plusSeconds(1)),
        refused("is not a CA's", root -> root.basicConstraints = null),
        refused("is not a CA's", root -> root.basicConstraints = new BasicConstraints(false)),
        refused("keyCertSign", root -> root.keyUsage = KeyUsage.cRLSign),
        refused("not for this purpose", root -> root.purpose = KeyPurposeId.id_kp_clientAuth),
        refused(
            "name constraints",
            root -> root.nameConstraints = MalformedCertificate.excluding("example.org")),
        refused(
            "name constraints",
            root ->
                root.nameConstraints =
                    new NameConstraints(
                        new GeneralSubtree[] {
                          new GeneralSubtree(new GeneralName(GeneralName.dNSName, "example.com"))
                        },
                        null)));
  }

  @ParameterizedTest
  @MethodSource("anchorsToRefuse")
  void shouldRefuseAnAnchor(String because, Consumer<MalformedCertificate> change) {
    // one key and one identifier for both, so that only the change tells them apart
    KeyMaterial key = TestKeys.fresh();
    Consumer<MalformedCertificate> same =
        root -> {
          root.key = key;
          root.signingKey = key;
          root.keyIdentifier = Profile.keyIdentifier(key.publicKey());
        };
    Pair good = MalformedCertificate.root(same);
    Pair changed = MalformedCertificate.root(same.andThen(change));
    Pair leaf = MalformedCertificate.leaf(good, it -> {});

    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), good)).isEmpty();
    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), changed)).contains(because);
    // a verifier that finds the good one beside it takes that
    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), changed, good)).isEmpty();
  }

  @Test
  void shouldRefuseARootOfTheSameNameAndKeyIdentifierThatIsNotTheSigner() {
    Pair good = MalformedCertificate.root(root -> {});
    Pair other =
        MalformedCertificate.root(
            root -> root.keyIdentifier = KeyIdentifiers.subject(good.certificate()));
    Pair leaf = MalformedCertificate.leaf(good, it -> {});

    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), other)).contains("does not verify");
    // OpenSSL tries only the first that fits, and does not get to the right one
    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), other, good))
        .contains("same subjectKeyIdentifier");
    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), good, other))
        .contains("same subjectKeyIdentifier");
  }

  @Test
  void shouldRefuseMoreIntermediatesThanTheAnchorAllows() {
    assertThat(
            chained(root -> root.basicConstraints = new BasicConstraints(0), ca -> {}, leaf -> {}))
        .contains("fewer intermediates");
  }

  @Test
  void shouldRefuseAnIntermediateThatIsNoCA() {
    assertThat(chained(root -> {}, ca -> ca.basicConstraints = null, leaf -> {}))
        .contains("does not verify");
  }

  @Test
  void shouldRefuseAnIntermediateForAnotherPurpose() {
    assertThat(chained(root -> {}, ca -> ca.purpose = KeyPurposeId.id_kp_clientAuth, leaf -> {}))
        .contains("not for this purpose");
  }

  @Test
  void shouldRefuseAnIntermediateAsTheOnlyAnchor() {
    Pair root = MalformedCertificate.root(it -> {});
    Pair ca = MalformedCertificate.intermediate(root, it -> {});
    Pair leaf = MalformedCertificate.leaf(ca, it -> {});

    assertThat(proof(leaf.certificate(), List.of(), leaf.key(), ca)).contains("is an intermediate");
  }

  @Test
  void shouldRefuseAWildcardThatCouldMatchAnExcludedName() {
    Consumer<MalformedCertificate> constrained =
        it -> it.nameConstraints = MalformedCertificate.excluding("secret.example.org");

    for (String wildcard : List.of("*.example.org", "*.EXAMPLE.org")) {
      assertThat(direct(constrained, leaf -> leaf.dnsNames = List.of(wildcard)))
          .contains("could match 'secret.example.org'");
      assertThat(chained(root -> {}, constrained, leaf -> leaf.dnsNames = List.of(wildcard)))
          .contains("could match 'secret.example.org'");
    }
    assertThat(direct(constrained, leaf -> leaf.dnsNames = List.of("*.example.net"))).isEmpty();
  }

  @Test
  void shouldRefuseAnEmptyBundle() {
    Pair root = MalformedCertificate.root(it -> {});
    Pair leaf = MalformedCertificate.leaf(root, it -> {});

    assertThat(proof(leaf.certificate(), List.of(), leaf.key())).contains("does not hold");
  }

  private static Arguments refused(String because, Consumer<MalformedCertificate> change) {
    return Arguments.of(because, change);
  }

  private static String direct(
      Consumer<MalformedCertificate> ofRoot, Consumer<MalformedCertificate> ofLeaf) {
    Pair root = MalformedCertificate.root(ofRoot);
    Pair leaf = MalformedCertificate.leaf(root, ofLeaf);
    return proof(leaf.certificate(), List.of(), leaf.key(), root);
  }

  private static String chained(
      Consumer<MalformedCertificate> ofRoot,
      Consumer<MalformedCertificate> ofIntermediate,
      Consumer<MalformedCertificate> ofLeaf) {
    Pair root = MalformedCertificate.root(ofRoot);
    Pair ca = MalformedCertificate.intermediate(root, ofIntermediate);
    Pair leaf = MalformedCertificate.leaf(ca, ofLeaf);
    return proof(leaf.certificate(), List.of(ca.certificate()), leaf.key(), root);
  }

  /** The refusal's message, empty when there is none. */
  private static String proof(
      X509Certificate leaf, List<X509Certificate> intermediates, KeyMaterial key, Pair... bundle) {
    return PublicationProof.of(
            leaf,
            intermediates,
            Profile.SERVER,
            key,
            Stream.of(bundle).map(Pair::certificate).toList(),
            INSTANTS)
        .map(PublicationProof.Refusal::message)
        .orElse("");
  }
}
