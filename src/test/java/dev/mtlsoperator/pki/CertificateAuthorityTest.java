package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

public final class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
  private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

  static Stream<KeyParameters> keys() {
    return Stream.of(
        new KeyParameters(KeyType.ECDSA, 256),
        new KeyParameters(KeyType.ECDSA, 384),
        new KeyParameters(KeyType.ECDSA, 521),
        new KeyParameters(KeyType.RSA, 2048),
        new KeyParameters(KeyType.RSA, 3072),
        new KeyParameters(KeyType.ED25519, 0));
  }

  public static CertificateAuthority ca(KeyParameters key) {
    return PlainCertificates.root(
        DistinguishedName.parse("CN=root,O=Example,C=DE"),
        Validity.starting(NOW, Duration.ofDays(3650)),
        KeyMaterial.generate(key));
  }

  static CertificateRequest request(Profile profile, String subject, String... dnsNames) {
    return PlainCertificates.request(
        profile,
        DistinguishedName.parse(subject),
        new SubjectAltNames(List.of(dnsNames), List.of(), List.of(), List.of()),
        Validity.starting(NOW, Duration.ofDays(90)));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void shouldMakeACAByItsProfile(KeyParameters key) {
    X509Certificate root = ca(key).certificate();

    assertThat(root.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
    assertThat(root.getCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(BASIC_CONSTRAINTS, KEY_USAGE);
    assertThat(root.getNonCriticalExtensionOIDs()).containsExactly(SUBJECT_KEY_IDENTIFIER);
    assertThat(usages(root)).containsExactly(5, 6);
    if (key.algorithm() == KeyType.ED25519) {
      // RFC 8410; Java versions differ in the name
      assertThat(root.getSigAlgOID()).isEqualTo("1.3.101.112");
    } else {
      assertThat(root.getSigAlgName()).isEqualTo(key.signatureAlgorithm());
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void shouldMakeAServerByItsProfile(KeyParameters key) throws Exception {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 384));
    KeyMaterial leafKey = KeyMaterial.generate(key);

    X509Certificate leaf =
        ca.issue(request(Profile.SERVER, "CN=web", "web.example.org"), leafKey.publicKey());

    assertThat(leaf.getVersion()).isEqualTo(3);
    assertThat(leaf.getBasicConstraints()).isNegative();
    assertThat(leaf.getCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(BASIC_CONSTRAINTS, KEY_USAGE);
    assertThat(leaf.getNonCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(
            SUBJECT_KEY_IDENTIFIER,
            AUTHORITY_KEY_IDENTIFIER,
            EXTENDED_KEY_USAGE,
            SUBJECT_ALTERNATIVE_NAME);
    assertThat(usages(leaf)).isEqualTo(key.algorithm() == KeyType.RSA ? List.of(0, 2) : List.of(0));
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(leaf.getSigAlgName()).isEqualTo("SHA384withECDSA");
    assertThat(authority(leaf)).isEqualTo(subject(ca.certificate()));
    leaf.verify(ca.certificate().getPublicKey());
  }

  @Test
  void shouldMakeAClientByItsProfile() throws Exception {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 256));

    X509Certificate leaf =
        ca.issue(
            request(Profile.CLIENT, "CN=frontend"),
            KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)).publicKey());

    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getSubjectAlternativeNames()).isNull();
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void shouldMakeAPeerByItsProfile(KeyType type) throws Exception {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 256));
    KeyParameters key =
        new KeyParameters(
            type,
            switch (type) {
              case ECDSA -> 256;
              case RSA -> 2048;
              case ED25519 -> 0;
            });

    X509Certificate leaf =
        ca.issue(request(Profile.PEER, "CN=etcd-0", "etcd-0.etcd"), TestKeys.of(key).publicKey());

    assertThat(leaf.getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(usages(leaf)).isEqualTo(type == KeyType.RSA ? List.of(0, 2) : List.of(0));
    assertThat(Profile.ofLeaf(leaf)).contains(Profile.PEER);
  }

  @Test
  void shouldMarkTheNamesCriticalWhereTheSubjectIsEmpty() {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 256));
    CertificateRequest nameless =
        PlainCertificates.request(
            Profile.SERVER,
            DistinguishedName.of(
                new DistinguishedName.Attributes(
                    null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                    List.of(), null)),
            new SubjectAltNames(
                List.of("web.example.org"),
                List.of("10.0.0.1", "2001:db8::1"),
                List.of(),
                List.of()),
            Validity.starting(NOW, Duration.ofDays(90)));

    X509Certificate leaf =
        ca.issue(nameless, KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)).publicKey());

    assertThat(leaf.getCriticalExtensionOIDs()).contains(SUBJECT_ALTERNATIVE_NAME);
    assertThat(SubjectAltNames.of(leaf).ipAddresses())
        .containsExactly("10.0.0.1", "2001:db8:0:0:0:0:0:1");
  }

  @Test
  void shouldGiveEachCertificateARandomPositiveSerialOfAtMost20Octets() {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 256));
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    Set<BigInteger> serials = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      BigInteger serial =
          ca.issue(request(Profile.CLIENT, "CN=c"), key.publicKey()).getSerialNumber();
      assertThat(serial.signum()).isPositive();
      assertThat(serial.toByteArray().length).isLessThanOrEqualTo(20);
      serials.add(serial);
    }
    assertThat(serials).hasSize(100);
    assertThat(serials).anyMatch(serial -> serial.bitLength() > 150);
  }

  @Test
  void shouldNeverOutliveItsIssuer() {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 256));

    Validity validity =
        Validity.starting(NOW.plus(Duration.ofDays(3600)), Duration.ofDays(90))
            .clampedTo(ca.certificate());

    assertThat(validity.notAfter()).isEqualTo(ca.certificate().getNotAfter().toInstant());
    assertThatThrownBy(
            () ->
                Validity.starting(NOW.plus(Duration.ofDays(3700)), Duration.ofDays(1))
                    .clampedTo(ca.certificate()))
        .isInstanceOf(PkiException.class);
  }

  @Test
  void shouldWriteDatesAfter2049() {
    CertificateAuthority ca =
        PlainCertificates.root(
            DistinguishedName.parse("CN=root"),
            Validity.starting(NOW, Duration.ofDays(36_525)),
            KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)));

    assertThat(ca.certificate().getNotAfter().toInstant())
        .isEqualTo(NOW.plus(Duration.ofDays(36_525)));
  }

  @Test
  void shouldRefuseWhatIsNoCA() {
    CertificateAuthority ca = ca(new KeyParameters(KeyType.ECDSA, 256));
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    X509Certificate leaf = ca.issue(request(Profile.CLIENT, "CN=c"), key.publicKey());

    assertThatThrownBy(() -> CertificateAuthority.of(leaf, key)).hasMessageContaining("not a CA's");
    assertThatThrownBy(() -> CertificateAuthority.of(ca.certificate(), key))
        .hasMessageContaining("does not belong");
  }

  private static List<Integer> usages(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return java.util.stream.IntStream.range(0, usage.length).filter(i -> usage[i]).boxed().toList();
  }

  private static byte[] authority(X509Certificate certificate) {
    return AuthorityKeyIdentifier.getInstance(
            ASN1OctetString.getInstance(certificate.getExtensionValue(AUTHORITY_KEY_IDENTIFIER))
                .getOctets())
        .getKeyIdentifierOctets();
  }

  private static byte[] subject(X509Certificate certificate) {
    return SubjectKeyIdentifier.getInstance(
            ASN1OctetString.getInstance(certificate.getExtensionValue(SUBJECT_KEY_IDENTIFIER))
                .getOctets())
        .getKeyIdentifier();
  }
}
