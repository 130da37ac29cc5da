package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/**
 * For each check a certificate that only this check refuses: made here by hand, for the product
 * makes none of them.
 */
final class PublicationProofTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final KeyMaterial CA_KEY =
      KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
  private static final KeyMaterial LEAF_KEY =
      KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));

  /** A certificate to be, each part of which a test can spoil. */
  private static final class Draft {
    private String issuer = "CN=root";
    private String subject = "CN=root";
    private Instant notBefore = NOW.minus(Duration.ofMinutes(5));
    private Instant notAfter = NOW.plus(Duration.ofDays(3650));
    private KeyMaterial key = CA_KEY;
    private BasicConstraints constraints = new BasicConstraints(true);
    private int usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
    private Optional<KeyPurposeId> purpose = Optional.empty();
    private Optional<NameConstraints> names = Optional.empty();
    private String dnsName = "web.example.org";

    X509Certificate sign(KeyMaterial signer) {
      try {
        X509v3CertificateBuilder builder =
            new X509v3CertificateBuilder(
                new X500Name(issuer),
                BigInteger.TEN,
                Date.from(notBefore),
                Date.from(notAfter),
                new X500Name(subject),
                SubjectPublicKeyInfo.getInstance(key.publicKey().getEncoded()));
        builder.addExtension(
            Extension.subjectKeyIdentifier,
            false,
            new SubjectKeyIdentifier(Profile.keyIdentifier(key.publicKey())));
        builder.addExtension(
            Extension.authorityKeyIdentifier,
            false,
            new AuthorityKeyIdentifier(Profile.keyIdentifier(signer.publicKey())));
        builder.addExtension(Extension.basicConstraints, true, constraints);
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        if (names.isPresent()) {
          builder.addExtension(Extension.nameConstraints, true, names.get());
        }
        if (purpose.isPresent()) {
          builder.addExtension(
              Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose.get()));
          builder.addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(new GeneralName(GeneralName.dNSName, dnsName)));
        }
        return Pem.certificate(
            builder
                .build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(signer.revealPrivateKey()))
                .getEncoded());
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  private static X509Certificate root(Consumer<Draft> spoil) {
    Draft desired = new Draft();
    spoil.accept(desired);
    return desired.sign(CA_KEY);
  }

  private static X509Certificate leaf(Consumer<Draft> spoil) {
    Draft desired = new Draft();
    desired.subject = "CN=web";
    desired.key = LEAF_KEY;
    desired.notAfter = NOW.plus(Duration.ofDays(90));
    desired.constraints = new BasicConstraints(false);
    desired.usage = KeyUsage.digitalSignature;
    desired.purpose = Optional.of(KeyPurposeId.id_kp_serverAuth);
    spoil.accept(desired);
    return desired.sign(CA_KEY);
  }

  private static Optional<String> refusal(X509Certificate leaf, X509Certificate... bundle) {
    return PublicationProof.of(
            leaf,
            List.of(),
            Profile.SERVER,
            LEAF_KEY,
            List.of(bundle),
            List.of(NOW, leaf.getNotAfter().toInstant().minusSeconds(1)))
        .map(PublicationProof.Refusal::message);
  }

  @Test
  void shouldLetAGoodCertificatePass() {
    assertThat(refusal(leaf(d -> {}), root(d -> {}))).isEmpty();
  }

  @Test
  void shouldRefuseAnAnchorThatEndsBeforeTheLeaf() {
    assertThat(
            refusal(leaf(d -> {}), root(d -> d.notAfter = NOW.plus(Duration.ofDays(30))))
                .orElseThrow())
        .contains("is not valid on");
  }

  @Test
  void shouldRefuseAnAnchorThatHasNotBegun() {
    assertThat(refusal(leaf(d -> {}), root(d -> d.notBefore = NOW.plusSeconds(60))).orElseThrow())
        .contains("is not valid on");
  }

  @Test
  void shouldRefuseAnAnchorThatIsNoCA() {
    assertThat(
            refusal(leaf(d -> {}), root(d -> d.constraints = new BasicConstraints(false)))
                .orElseThrow())
        .contains("is not a CA's");
  }

  @Test
  void shouldRefuseAnAnchorThatMayNotSignCertificates() {
    assertThat(refusal(leaf(d -> {}), root(d -> d.usage = KeyUsage.cRLSign)).orElseThrow())
        .contains("keyCertSign");
  }

  @Test
  void shouldRefuseAnIntermediateAsTheOnlyAnchor() {
    Draft intermediate = new Draft();
    intermediate.issuer = "CN=above";

    assertThat(refusal(leaf(d -> {}), intermediate.sign(LEAF_KEY)).orElseThrow())
        .contains("is an intermediate");
  }

  @Test
  void shouldRefuseAPathThatTheAnchorForbids() {
    KeyMaterial middleKey = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    Draft middle = new Draft();
    middle.subject = "CN=middle";
    middle.key = middleKey;
    Draft below = new Draft();
    below.issuer = "CN=middle";
    below.subject = "CN=web";
    below.key = LEAF_KEY;
    below.constraints = new BasicConstraints(false);
    below.usage = KeyUsage.digitalSignature;
    below.purpose = Optional.of(KeyPurposeId.id_kp_serverAuth);
    X509Certificate leaf = below.sign(middleKey);

    Optional<String> allowed =
        PublicationProof.of(
                leaf,
                List.of(middle.sign(CA_KEY)),
                Profile.SERVER,
                LEAF_KEY,
                List.of(root(d -> {})),
                List.of(NOW))
            .map(PublicationProof.Refusal::message);
    Optional<String> refused =
        PublicationProof.of(
                leaf,
                List.of(middle.sign(CA_KEY)),
                Profile.SERVER,
                LEAF_KEY,
                List.of(root(d -> d.constraints = new BasicConstraints(0))),
                List.of(NOW))
            .map(PublicationProof.Refusal::message);

    assertThat(allowed).isEmpty();
    assertThat(refused.orElseThrow()).contains("allows fewer intermediates");
  }

  @Test
  void shouldRefuseANameThatTheAnchorDoesNotPermit() {
    NameConstraints only =
        new NameConstraints(
            new GeneralSubtree[] {
              new GeneralSubtree(new GeneralName(GeneralName.dNSName, "example.com"))
            },
            null);

    assertThat(refusal(leaf(d -> {}), root(d -> d.names = Optional.of(only)))).isPresent();
    assertThat(
            refusal(
                leaf(d -> d.dnsName = "web.example.com"), root(d -> d.names = Optional.of(only))))
        .isEmpty();
  }

  @Test
  void shouldRefuseAWildcardThatCouldMatchAnExcludedName() {
    NameConstraints not =
        new NameConstraints(
            null,
            new GeneralSubtree[] {
              new GeneralSubtree(new GeneralName(GeneralName.dNSName, "secret.example.org"))
            });

    assertThat(
            refusal(leaf(d -> d.dnsName = "*.example.org"), root(d -> d.names = Optional.of(not)))
                .orElseThrow())
        .contains("could match 'secret.example.org'");
    assertThat(refusal(leaf(d -> {}), root(d -> d.names = Optional.of(not)))).isEmpty();
  }

  @Test
  void shouldRefuseAnotherPurpose() {
    assertThat(
            refusal(
                    leaf(d -> d.purpose = Optional.of(KeyPurposeId.id_kp_clientAuth)),
                    root(d -> {}))
                .orElseThrow())
        .contains("extended key usage");
  }

  @Test
  void shouldRefuseALeafThatMayNotSignHandshakes() {
    assertThat(refusal(leaf(d -> d.usage = KeyUsage.keyEncipherment), root(d -> {})).orElseThrow())
        .contains("digitalSignature");
  }

  @Test
  void shouldRefuseALeafThatIsACA() {
    assertThat(
            refusal(leaf(d -> d.constraints = new BasicConstraints(true)), root(d -> {}))
                .orElseThrow())
        .contains("is a CA's");
  }

  @Test
  void shouldRefuseAnotherKey() {
    assertThat(refusal(leaf(d -> d.key = CA_KEY), root(d -> {})).orElseThrow())
        .contains("private key does not belong");
  }

  @Test
  void shouldRefuseABundleWithoutTheIssuer() {
    CertificateAuthority other = CertificateAuthorityTest.ca(new KeyParameters(KeyType.ECDSA, 256));

    assertThat(refusal(leaf(d -> {}), other.certificate()).orElseThrow())
        .contains("does not hold the certificate's issuer");
  }

  @Test
  void shouldRefuseABadSignature() {
    Draft desired = new Draft();
    desired.subject = "CN=web";
    desired.key = LEAF_KEY;
    desired.constraints = new BasicConstraints(false);
    desired.usage = KeyUsage.digitalSignature;
    desired.purpose = Optional.of(KeyPurposeId.id_kp_serverAuth);
    X509Certificate forged = desired.sign(CA_KEY);
    byte[] der = Der.of(forged);
    der[der.length - 3] ^= 1;

    assertThat(refusal(Pem.certificate(der), root(d -> {})).orElseThrow())
        .contains("does not verify");
  }

  @Test
  void shouldRefuseWhatHasExpired() {
    X509Certificate leaf = leaf(d -> d.notAfter = NOW.minusSeconds(1));

    assertThat(refusal(leaf, root(d -> {}))).isPresent();
  }
}
