package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a certificate's key identifiers cannot be read names nobody. */
final class KeyIdentifiersTest {
  private static final X509Certificate CA = MalformedCertificate.root(it -> {}).certificate();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "04020102", // an octet string where a sequence should be
        "0101ff", // a boolean
        "30028100", // an empty key identifier is one, though it fits nothing
        "3003800201", // cut off
        "30058003010203", // well-formed, of another key
        "ff", // no ASN.1
        "308006000000", // of indefinite length
        "30030201ff", // an integer inside
      })
  void shouldFindNoIssuerInWhatIsNoIdentifier(String hex) {
    byte[] content = HexFormat.of().parseHex(hex);
    X509Certificate certificate =
        MalformedIdentifiers.naming(
            CA, MalformedCertificate.NOW, MalformedCertificate.END, content, content);

    assertThat(KeyIdentifiers.namesIssuer(certificate, CA)).isFalse();
    assertThat(KeyIdentifiers.namesIssuer(CA, certificate)).isFalse();
    assertThat(KeyIdentifiers.issuer(certificate))
        .isNotEqualTo(Optional.of(KeyIdentifiers.own(CA)));
    assertThat(KeyIdentifiers.own(certificate)).isNotEqualTo(KeyIdentifiers.own(CA));
  }
}
