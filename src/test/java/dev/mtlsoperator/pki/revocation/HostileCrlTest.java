package dev.mtlsoperator.pki.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.CpuTime;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.MalformedCertificate.Pair;
import dev.mtlsoperator.pki.MalformedCrl;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.junit.jupiter.api.Test;

/** Whatever stands where a CRL is expected: it is refused in words, at little cost. */
class HostileCrlTest {
  private static final Pair CA = MalformedCertificate.root(it -> {});

  /** A CRL with all that is looked into. */
  private static byte[] rich() {
    return MalformedCrl.of(
        CA,
        it -> {
          for (int reason = 1; reason < 6; reason++) {
            it.revoke(
                BigInteger.TWO.pow(20 * reason),
                Extension.reasonCode,
                false,
                CRLReason.lookup(reason));
          }
          it.set(
              Extension.issuingDistributionPoint,
              true,
              new IssuingDistributionPoint(null, false, false));
        });
  }

  @Test
  void shouldThrowNothingButWords() {
    Random random = new Random(17);
    byte[] good = rich();
    assertThat(Crl.parse(good).isSignedBy(CA.certificate())).isTrue();
    int read = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] bad = mutated(good, random);
      try {
        Crl crl = Crl.parse(bad);
        read++;
        // whatever was read can be looked at
        assertThat(crl.isSignedBy(CA.certificate()))
            .as(HexFormat.of().formatHex(bad) + "; of: " + HexFormat.of().formatHex(good))
            .isEqualTo(Arrays.equals(good, bad));
        assertThat(crl.toString()).doesNotContain("\n");
        assertThat(crl.isNewerThan(crl)).isFalse();
        assertThat(crl.issuer().getName()).isNotNull();
      } catch (PkiException e) {
        assertThat(e).hasMessageMatching("(the CRL|it is|the entry) .*");
      }
    }
    assertThat(read).isBetween(250, 4_750);
  }

  private static byte[] mutated(byte[] good, Random random) {
    byte[] bad =
        random.nextInt(10) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
    for (int changes = 1 + random.nextInt(3); changes > 0 && bad.length > 0; changes--) {
      bad[random.nextInt(bad.length)] =
          (byte) (random.nextBoolean() ? random.nextInt(256) : 1 << random.nextInt(8));
    }
    return bad;
  }

  @Test
  void shouldRefuseNoise() {
    Random random = new Random(18);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      assertThatThrownBy(() -> Crl.parse(noise)).isInstanceOf(PkiException.class);
    }
  }

  @Test
  void shouldRefuseMoreThanAMegabyte() {
    assertThatThrownBy(() -> Crl.parse(new byte[1024 * 1024 + 1]))
        .isInstanceOf(PkiException.class)
        .hasMessage(
            "the CRL is too large: it has 1048577 bytes, at most 1048576 are read. A CA that drops expired certificates from it keeps it small");
  }

  @Test
  void shouldRefuseWhatComesAfterItsEnd() {
    byte[] good = rich();

    assertThatThrownBy(() -> Crl.parse(Arrays.copyOf(good, good.length + 1)))
        .isInstanceOf(PkiException.class)
        .hasMessage(
            "the CRL is damaged (something follows after its end): fetch it again from its CA");
    assertThatThrownBy(() -> Crl.parse(Arrays.copyOf(good, good.length - 1)))
        .isInstanceOf(PkiException.class);
  }

  @Test
  void shouldRefuseDeepNesting() {
    ASN1Encodable deep = DERNull.INSTANCE;
    for (int i = 0; i < 500; i++) {
      deep = new DERSequence(deep);
    }
    ASN1Encodable nested = deep;
    assertRefused(
        it -> it.set(Extension.authorityKeyIdentifier, false, nested), "levels of nested");
  }

  private static void assertRefused(Consumer<MalformedCrl> changes, String message) {
    byte[] der = MalformedCrl.of(CA, changes);
    CpuTime.assertLittle(
        () ->
            assertThatThrownBy(() -> Crl.parse(der))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining(message));
  }

  @Test
  void shouldRefuseLongNumbersAndNamesAndManyExtensions() {
    byte[] octets = new byte[65];
    Arrays.fill(octets, (byte) 0x7f);
    assertRefused(
        it -> it.revoke(new BigInteger(octets), Extension.reasonCode, false, CRLReason.lookup(1)),
        "the CRL has 65 octets in a number: at most 64 are read");
    assertRefused(
        it ->
            it.issuer =
                new X500NameBuilder().addRDN(BCStyle.DESCRIPTION, "a".repeat(30_000)).build(),
        "bytes in the name of its issuer: at most 24576 are read");
    assertRefused(
        it -> {
          for (int i = 0; i < 70; i++) {
            it.set(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999." + i), false, DERNull.INSTANCE);
          }
        },
        "the CRL has 65 extensions: at most 64 are read");
  }

  @Test
  void shouldReadAThousandEntriesAtLittleCost() {
    byte[] der =
        MalformedCrl.of(
            CA,
            it -> {
              for (int i = 0; i < 1_000; i++) {
                it.revoke(
                    BigInteger.TWO.pow(120).add(BigInteger.valueOf(i)),
                    Extension.reasonCode,
                    false,
                    CRLReason.lookup(1));
              }
            });

    CpuTime.assertLittle(() -> assertThat(Crl.parse(der).entries()).hasSize(1_000));
  }

  @Test
  void shouldReadAnotherIdentifierThanAKeysWithoutFailing() {
    byte[] der =
        MalformedCrl.of(
            CA,
            it ->
                it.set(
                    Extension.authorityKeyIdentifier,
                    false,
                    new AuthorityKeyIdentifier(new byte[20])));

    assertThat(Crl.parse(der).isSignedBy(CA.certificate())).isFalse();
  }
}
