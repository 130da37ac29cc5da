package dev.mtlsoperator.pki.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.MalformedCertificate.Pair;
import dev.mtlsoperator.pki.MalformedCrl;
import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.CertificateList;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.ReasonFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CrlTest {
  private static final Pair CA = MalformedCertificate.root(it -> {});
  private static final ASN1ObjectIdentifier PRIVATE =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1");
  private static final boolean CRITICAL = true;

  /** Some Javas refuse it themselves. */
  private static final String UNREADABLE = "is damaged[:,] .* CA make another one";

  private static Crl crl(Consumer<MalformedCrl> changes) {
    return Crl.parse(MalformedCrl.of(CA, changes));
  }

  private static IssuingDistributionPoint limitedTo(
      boolean users, boolean cas, ReasonFlags reasons, boolean indirect, boolean attributes) {
    return new IssuingDistributionPoint(null, users, cas, reasons, indirect, attributes);
  }

  static Stream<Arguments> refused() {
    ReasonFlags some = new ReasonFlags(ReasonFlags.keyCompromise);
    Map<String, Consumer<MalformedCrl>> changes =
        Map.ofEntries(
            Map.entry(
                "has no nextUpdate, .* `openssl ca -gencrl -crldays 30`",
                it -> it.nextUpdate = null),
            Map.entry(
                "ends before it begins.*", it -> it.nextUpdate = MalformedCrl.NOW.minusSeconds(1)),
            Map.entry(
                "is a delta CRL, .* take the complete CRL of its CA",
                it -> it.set(Extension.deltaCRLIndicator, CRITICAL, new CRLNumber(BigInteger.ONE))),
            Map.entry(
                "is a delta (CRL), .*",
                it -> it.set(Extension.deltaCRLIndicator, false, new CRLNumber(BigInteger.ONE))),
            Map.entry(
                "is indirect: .*", it -> point(it, limitedTo(false, false, null, true, false))),
            Map.entry(
                "is partial: .*", it -> point(it, limitedTo(true, false, null, false, false))),
            Map.entry(
                "is (partial): .*", it -> point(it, limitedTo(false, true, null, false, false))),
            Map.entry(
                "(is) partial: .*", it -> point(it, limitedTo(false, false, some, false, false))),
            Map.entry(
                "(is) (partial): .*", it -> point(it, limitedTo(false, false, null, false, true))),
            Map.entry(
                UNREADABLE,
                it -> it.set(Extension.authorityKeyIdentifier, false, DERNull.INSTANCE)),
            Map.entry(
                "(" + UNREADABLE + ")", it -> it.set(Extension.cRLNumber, false, DERNull.INSTANCE)),
            Map.entry(
                "has a negative number, .*",
                it -> it.set(Extension.cRLNumber, false, new ASN1Integer(-1))),
            Map.entry(
                "has a critical extension, 1.3.6.1.4.1.99999.1, which verifiers such as OpenSSL refuse: .*",
                it -> it.set(PRIVATE, CRITICAL, DERNull.INSTANCE)),
            Map.entry(
                "has a critical extension, 2.5.29.20, .*",
                it -> it.set(Extension.cRLNumber, CRITICAL, new CRLNumber(BigInteger.ONE))));
    return changes.entrySet().stream().map(it -> Arguments.of(it.getKey(), it.getValue()));
  }

  private static void point(MalformedCrl crl, IssuingDistributionPoint point) {
    crl.set(Extension.issuingDistributionPoint, CRITICAL, point);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void shouldRefuseWhatDoesNotTellWhichCertificatesAreRevoked(
      String message, Consumer<MalformedCrl> changes) {
    byte[] der = MalformedCrl.of(CA, changes);

    assertThatThrownBy(() -> Crl.parse(der))
        .isInstanceOf(PkiException.class)
        .hasMessageMatching("the CRL " + message);
  }

  @Test
  void shouldRefuseACriticalExtensionInAnEntry() {
    byte[] der =
        MalformedCrl.of(
            CA, it -> it.revoke(BigInteger.valueOf(0xabc), PRIVATE, CRITICAL, DERNull.INSTANCE));

    assertThatThrownBy(() -> Crl.parse(der))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(
            "the entry of serial number 0ABC has a critical extension, 1.3.6.1.4.1.99999.1,");
  }

  @Test
  void shouldReadWhatOthersMake() {
    Crl bare =
        crl(
            it -> {
              it.remove(Extension.cRLNumber);
              it.remove(Extension.authorityKeyIdentifier);
            });
    assertThat(bare.number()).isEmpty();
    assertThat(bare.isSignedBy(CA.certificate())).isTrue();
    assertThat(bare.toString()).startsWith("Crl[number none, ");

    // a place where it is published limits nothing
    GeneralNames uri =
        new GeneralNames(
            new GeneralName(GeneralName.uniformResourceIdentifier, "http://example.org/ca.crl"));
    Crl published =
        crl(
            it ->
                point(
                    it,
                    new IssuingDistributionPoint(new DistributionPointName(uri), false, false)));
    assertThat(published.isSignedBy(CA.certificate())).isTrue();

    Crl other = crl(it -> it.set(PRIVATE, false, DERNull.INSTANCE));
    assertThat(other.number()).contains(BigInteger.TEN);
  }

  @Test
  void shouldKeepThoseRevokedWhoseReasonIsNotKnownHere() {
    Crl crl =
        crl(
            it -> {
              for (int reason : List.of(0, 6, 8, 1, 10)) {
                it.revoke(
                    BigInteger.valueOf(reason + 100),
                    Extension.reasonCode,
                    false,
                    CRLReason.lookup(reason));
              }
              it.revoke(BigInteger.valueOf(99), PRIVATE, false, DERNull.INSTANCE);
            });

    assertThat(crl.entries().values())
        .extracting(it -> it.serialNumber().intValue(), RevokedCertificate::reason)
        .containsExactly(
            tuple(99, Optional.empty()),
            tuple(100, Optional.empty()),
            tuple(101, Optional.of(RevocationReason.KeyCompromise)),
            tuple(106, Optional.empty()),
            tuple(108, Optional.empty()),
            tuple(110, Optional.of(RevocationReason.AACompromise)));
  }

  @Test
  void shouldBeSignedByItsIssuerOnly() {
    Crl crl = crl(it -> {});
    assertThat(crl.isSignedBy(CA.certificate())).isTrue();

    // another CA, another one of the same name, and one of the same name and key identifier
    Pair other = MalformedCertificate.root(it -> it.subject = new X500Name("CN=other"));
    Pair namesake = MalformedCertificate.root(it -> {});
    Pair impostor = MalformedCertificate.root(it -> it.keyIdentifier = keyIdentifier(CA));
    assertThat(crl.isSignedBy(other.certificate())).isFalse();
    assertThat(crl.isSignedBy(namesake.certificate())).isFalse();
    assertThat(crl.isSignedBy(impostor.certificate())).isFalse();
  }

  private static byte[] keyIdentifier(Pair ca) {
    byte[] extension = ca.certificate().getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return Arrays.copyOfRange(extension, 4, extension.length);
  }

  @Test
  void shouldNotBeSignedByAnotherCertificateOfItsKey() {
    Crl crl = crl(it -> {});
    Consumer<MalformedCertificate> same = it -> it.key = CA.key();

    Pair renamed =
        MalformedCertificate.root(same.andThen(it -> it.subject = new X500Name("CN=other")));
    Pair barred =
        MalformedCertificate.root(
            same.andThen(it -> it.keyUsage = KeyUsage.keyCertSign)
                .andThen(it -> it.keyIdentifier = keyIdentifier(CA)));
    Pair identified =
        MalformedCertificate.root(same.andThen(it -> it.keyIdentifier = new byte[20]));
    Pair unidentified = MalformedCertificate.root(same.andThen(it -> it.keyIdentifier = null));
    Pair again =
        MalformedCertificate.root(same.andThen(it -> it.keyIdentifier = keyIdentifier(CA)));
    // each is signed with a key that is not its own: what counts is the key that it certifies
    assertThat(crl.isSignedBy(renamed.certificate())).isFalse();
    assertThat(Crl.maySign(barred.certificate())).isFalse();
    assertThat(crl.isSignedBy(barred.certificate())).isFalse();
    assertThat(crl.isSignedBy(identified.certificate())).isFalse();
    assertThat(crl.isSignedBy(unidentified.certificate())).isTrue();
    assertThat(crl.isSignedBy(again.certificate())).isTrue();
  }

  @Test
  void shouldNotBeSignedByACertificateOfAnotherSerialNumberThanItNames() {
    GeneralNames name = new GeneralNames(new GeneralName(new X500Name("CN=root")));
    Crl own =
        crl(
            it ->
                it.set(
                    Extension.authorityKeyIdentifier,
                    false,
                    named(name, CA.certificate().getSerialNumber())));
    Crl other =
        crl(it -> it.set(Extension.authorityKeyIdentifier, false, named(name, BigInteger.ONE)));

    assertThat(own.isSignedBy(CA.certificate())).isTrue();
    assertThat(other.isSignedBy(CA.certificate())).isFalse();
  }

  private static AuthorityKeyIdentifier named(GeneralNames issuer, BigInteger serialNumber) {
    return new AuthorityKeyIdentifier(issuer, serialNumber);
  }

  @Test
  void shouldNotBeSignedAfterAnyByteIsChanged() {
    byte[] der =
        MalformedCrl.of(
            CA, it -> it.revoke(BigInteger.ONE, Extension.reasonCode, false, CRLReason.lookup(1)));
    assertThat(Crl.parse(der).isSignedBy(CA.certificate())).isTrue();

    int read = 0;
    for (int i = 0; i < der.length; i++) {
      byte[] changed = der.clone();
      changed[i] ^= 1;
      try {
        assertThat(Crl.parse(changed).isSignedBy(CA.certificate())).as("byte " + i).isFalse();
        read++;
      } catch (PkiException e) {
        assertThat(e).hasMessageMatching("(the CRL|it is|the entry) .*");
      }
    }
    assertThat(read).isGreaterThan(50);
  }

  @Test
  void shouldRefuseASecondFormOfItsSignature() {
    byte[] der = crlWithAnEvenSignature();
    int unusedBits =
        der.length - CertificateList.getInstance(der).getSignature().getBytes().length - 1;

    der[unusedBits] = 1;

    assertThatThrownBy(() -> Crl.parse(der))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("a BIT STRING of whole octets is expected");
  }

  private static byte[] crlWithAnEvenSignature() {
    byte[] der = MalformedCrl.of(CA, it -> {});
    while (der[der.length - 1] % 2 != 0) {
      der = MalformedCrl.of(CA, it -> {});
    }
    return der;
  }

  @Test
  void shouldTellWhichIsNewer() {
    Crl tenth = crl(it -> {});
    Crl eleventh =
        crl(it -> it.set(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(11))));
    Crl unnumbered = crl(it -> it.remove(Extension.cRLNumber));

    assertThat(eleventh.isNewerThan(tenth)).isTrue();
    assertThat(tenth.isNewerThan(eleventh)).isFalse();
    assertThat(tenth.isNewerThan(tenth)).isFalse();
    // made in the same second
    assertThat(unnumbered.isNewerThan(tenth)).isFalse();
    assertThat(tenth.isNewerThan(unnumbered)).isFalse();
  }

  @Test
  void shouldReadAllOfAFile() {
    Crl one = crl(it -> {});
    Crl two = crl(it -> it.remove(Extension.cRLNumber));

    assertThat(
            Crl.parseAll(
                SuppliedFile.of("# of the CA\n" + one.pem() + "\nof the other\n" + two.pem())))
        .containsExactly(one, two);
    assertThat(Crl.parseAll(SuppliedFile.of(one.pem().repeat(64)))).hasSize(64);
  }

  static Stream<Arguments> files() {
    Crl one = crl(it -> {});
    String pem = one.pem();
    String certificate = Pem.write(CA.certificate());
    return Stream.of(
        Arguments.of(
            bytes(""), "there is no certificate revocation list in the PEM text: it is empty"),
        Arguments.of(
            bytes("none"),
            "there is no certificate revocation list in the PEM text: it is text without a line -----BEGIN …-----"),
        Arguments.of(
            bytes(pem + certificate),
            "it holds a certificate, and no certificate revocation list: only X509 CRL blocks may stand here"),
        Arguments.of(
            bytes(Pem.block("PRIVATE KEY", CA.key().publicKey().getEncoded())),
            "it holds a block of another kind, and no certificate revocation list: only X509 CRL blocks may stand here"),
        Arguments.of(
            bytes(pem.substring(0, pem.length() - 40)),
            "the PEM text holds a block that is cut off or garbled: in line 1, .*"),
        Arguments.of(bytes(pem.repeat(65)), "the PEM text holds more than 64 blocks"),
        Arguments.of(bytes(pem.replace("M", "!")), "an X509 CRL block is not valid base64"),
        Arguments.of(
            bytes(pem + Pem.block("X509 CRL", Arrays.copyOf(one.der(), 100))),
            "CRL 2 of 2: it is binary data of an unknown form, and no certificate revocation list"),
        Arguments.of(
            bytes(Pem.block("X509 CRL", encoded(CA))),
            "it is a certificate in DER, and no certificate revocation list"),
        Arguments.of(encoded(CA), "it is a certificate in DER, and no certificate revocation list"),
        Arguments.of(
            pem.getBytes(StandardCharsets.UTF_16),
            "it is text in UTF-16, as PowerShell writes it: `iconv -f UTF-16 -t UTF-8 FILE > ca.crl` writes it in UTF-8"),
        Arguments.of(
            bytes(" ".repeat(1024 * 1024) + pem),
            "the PEM text is too long: at most 1048576 characters are read"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] encoded(Pair pair) {
    return Der.of(pair.certificate());
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldSayWhatAFileHoldsInstead(byte[] file, String message) {
    assertThatThrownBy(() -> Crl.parseAll(SuppliedFile.of(file)))
        .isInstanceOf(PkiException.class)
        .hasMessageMatching(message.replace("(", "\\(").replace("|", "\\|"));
  }

  @Test
  void shouldNotLetItsBytesBeChanged() {
    Crl crl = crl(it -> {});

    crl.der()[10] ^= 1;

    assertThat(crl.isSignedBy(CA.certificate())).isTrue();
    assertThat(Crl.parse(crl.der())).isEqualTo(crl);
    assertThatThrownBy(() -> crl.entries().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
