package dev.mtlsoperator.pki.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistinguishedNameEncodingTest {

  static Stream<Arguments> namesForBoth() {
    return Stream.of(
        Arguments.of(
            "CN=client1,OU=dev,O=Example,L=Shenzhen,ST=Guangdong,C=CN",
            "/C=CN/ST=Guangdong/L=Shenzhen/O=Example/OU=dev/CN=client1"),
        Arguments.of("E=a@example.org,CN=root", "/CN=root/emailAddress=a@example.org"),
        Arguments.of(
            "1.2.840.113549.1.9.1=a@example.org,2.5.4.3=root",
            "/CN=root/emailAddress=a@example.org"),
        Arguments.of("UID=me,DC=example,DC=org", "/DC=org/DC=example/UID=me"),
        Arguments.of("serialNumber=0815,CN=x", "/CN=x/serialNumber=0815"),
        Arguments.of(
            "CN=x,postalCode=10115,street=Allee 1", "/street=Allee 1/postalCode=10115/CN=x"),
        Arguments.of("cn=Grüße 世界,o=Müller\\, Söhne", "/O=Müller, Söhne/CN=Grüße 世界"),
        Arguments.of("CN=\\#04024869", "/CN=#04024869"),
        Arguments.of("CN=\\\\n", "/CN=\\\\n"),
        Arguments.of("CN=a\\2Cb\\+c\\=d", "/CN=a,b\\+c=d"),
        Arguments.of("CN=\\ padded\\ ", "/CN= padded "));
  }

  @ParameterizedTest
  @MethodSource("namesForBoth")
  void shouldEncodeAsOpensslDoes(String rfc4514, String slashes, @TempDir Path folder)
      throws Exception {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    Files.writeString(
        folder.resolve("key.pem"), TestKeys.of(TestKeys.P256).revealPem(PrivateKeyFormat.PKCS8));

    Run run =
        openssl.run(
            folder,
            "req",
            "-new",
            "-x509",
            "-utf8",
            "-key",
            "key.pem",
            "-subj",
            slashes,
            "-out",
            "cert.pem");

    assertThat(run.exitCode()).as(run.output()).isZero();
    byte[] theirs =
        Pem.readCertificates(Files.readString(folder.resolve("cert.pem")))
            .get(0)
            .getSubjectX500Principal()
            .getEncoded();
    assertThat(DistinguishedName.parse(rfc4514).encoded()).isEqualTo(theirs);
  }

  @Test
  void shouldOrderAttributesAsOpensslAsksForThem() {
    DistinguishedName name =
        DistinguishedName.of(
            new DistinguishedName.Attributes(
                "me",
                List.of("Example"),
                List.of("dev", "ops"),
                List.of("DE"),
                List.of("Berlin"),
                List.of("Mitte"),
                List.of("Allee 1"),
                List.of("10115"),
                "0815"));

    assertThat(name)
        .hasToString(
            "serialNumber=0815,CN=me,OU=ops,OU=dev,O=Example,postalCode=10115,STREET=Allee 1,L=Mitte,ST=Berlin,C=DE")
        .isEqualTo(DistinguishedName.parse(name.toString()));
    assertThat(name.commonName()).contains("me");
  }

  @ParameterizedTest
  @ValueSource(strings = {"#04024869", "\\", "\\,", "a,b", "+", " x ", "\"q\"", "<;>="})
  void shouldTakeAttributeValuesAsTheyAre(String value) {
    DistinguishedName name = DistinguishedName.of(attributes(value));

    assertThat(name.commonName()).contains(value);
    assertThat(DistinguishedName.parse(name.toString())).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "'CN=a,', expected",
    "',CN=a', expected",
    "'CN', expected",
    "'CN=a\n', expected",
    "'CN=a\tb', expected",
    "'CN=\"a\"', expected",
    "'CN=a\\zb', expected",
    "'CN=a;O=b', expected",
    "'CN=a+O=b', single",
    "'X=a', not known",
    "'3.2.3.4=a', not known",
    "'1.2.3.4=', 1 to 256",
    "'dnQualifier=a_b', PrintableString",
    "'CN=a ,O=b', space",
    "'CN=#0401', hex",
    "'CN= a', space",
    "'CN=a ', space",
    "'CN=', 1 to 64",
    "'C=DEU', 2",
    "'C=D1', two letters",
    "'CN=a\\0Ab', control",
    "'CN=\\FF', UTF-8",
    "'serialNumber=a_b', PrintableString",
    "'E=ä@example.org', ASCII",
  })
  void shouldRefuseAndSayWhat(String text, String because) {
    assertThatThrownBy(() -> DistinguishedName.parse(text))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(because);
  }

  @Test
  void shouldBoundTheLengthOfEachAttribute() {
    assertThat(DistinguishedName.parse("CN=" + "ä".repeat(64)).isEmpty()).isFalse();
    assertThatThrownBy(() -> DistinguishedName.parse("CN=" + "a".repeat(65)))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("CN has 1 to 64");
    assertThatThrownBy(() -> DistinguishedName.parse("CN=" + "\\,".repeat(5000)))
        .isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> DistinguishedName.parse("CN=" + "\\,".repeat(2000)))
        .isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> DistinguishedName.parse("CN=a,".repeat(50) + "CN=a"))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("attributes");
  }

  @Test
  void shouldReadTheSubjectOfACertificateAsEncoded() {
    DistinguishedName name = DistinguishedName.parse("CN=Grüße,DC=example");
    CertificateAuthority ca =
        PlainCertificates.root(
            name,
            new Validity(MalformedCertificate.NOW, MalformedCertificate.END),
            TestKeys.of(TestKeys.P256));

    assertThat(DistinguishedName.of(ca.certificate())).isEqualTo(name).hasSameHashCodeAs(name);
  }

  @Property(tries = 500)
  void shouldReadBackWhatItWrites(@ForAll("values") String value) {
    DistinguishedName name = DistinguishedName.of(attributes(value));

    assertThat(DistinguishedName.parse(name.toString())).isEqualTo(name);
    assertThat(name.commonName()).contains(value);
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.strings()
        .withChars(" #\\,+=\"<>;aÄ世")
        .withCharRange(' ', '~')
        .withCharRange('\u00a1', '\ud7ff')
        .ofMinLength(1)
        .ofMaxLength(64);
  }

  @Property(tries = 500)
  void shouldThrowNothingButPkiException(@ForAll String text) {
    for (String given : List.of(text, "CN=" + text, "CN=a," + text)) {
      try {
        assertThat(DistinguishedName.parse(given).encoded()).isNotEmpty();
      } catch (PkiException expected) {
        assertThat(expected).hasMessageContaining("'");
      }
    }
  }

  @Test
  void shouldRefuseHalfASurrogatePair() {
    assertThatThrownBy(() -> DistinguishedName.of(attributes("a\ud800")))
        .isInstanceOf(PkiException.class);
  }

  private static DistinguishedName.Attributes attributes(String commonName) {
    return new DistinguishedName.Attributes(
        commonName,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        null);
  }
}
