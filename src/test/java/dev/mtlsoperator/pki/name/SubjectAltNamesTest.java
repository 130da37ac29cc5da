package dev.mtlsoperator.pki.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectAltNamesTest {

  @Test
  void shouldKeepTheOrderAndDropDuplicates() {
    SubjectAltNames names =
        new SubjectAltNames(
            List.of("b", "a", "b"),
            List.of("2001:db8::1", "192.0.2.1", "2001:DB8:0::0001"),
            List.of(),
            List.of());

    assertThat(names.dnsNames()).containsExactly("b", "a");
    assertThat(names.ipAddresses()).hasSize(2).last().isEqualTo("192.0.2.1");
  }

  @Test
  void shouldReadBackWhatWasIssued() {
    SubjectAltNames names =
        new SubjectAltNames(
            List.of("*.example.org", "xn--mller-kva.example"),
            List.of("192.0.2.1", "::1", "2001:db8::ff"),
            List.of("spiffe://example.org/a"),
            List.of("me@example.org"));

    SubjectAltNames read = SubjectAltNames.of(issue(names));

    assertThat(read).isEqualTo(names);
    assertThat(read.sameNames(names)).isTrue();
  }

  @Test
  void shouldCompareAsSets() {
    SubjectAltNames one = new SubjectAltNames(List.of("a", "b"), List.of(), List.of(), List.of());
    SubjectAltNames other = new SubjectAltNames(List.of("b", "a"), List.of(), List.of(), List.of());
    SubjectAltNames uris = new SubjectAltNames(List.of(), List.of(), List.of("a", "b"), List.of());

    assertThat(one.sameNames(other)).isTrue();
    assertThat(one.sameNames(uris)).isFalse();
    assertThat(one.sameNames(SubjectAltNames.none())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "example.org",
        "1.2.3",
        "1.2.3.256",
        "1.2.3.4.5",
        "1",
        "0x7f.1",
        "192.0.2.0/24",
        "::1/128",
        ":::",
        "fe80::1%eth0",
        "[::1]",
        "1.2.3.4 ",
        "12345::"
      })
  void shouldRefuseWhatIsNoIpAddress(String ip) {
    assertThatThrownBy(() -> new SubjectAltNames(List.of(), List.of(ip), List.of(), List.of()))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("not an IP address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "müller.example", "a b", "a\nb"})
  void shouldRefuseToEncodeWhatIsNotAscii(String name) {
    SubjectAltNames names = new SubjectAltNames(List.of(name), List.of(), List.of(), List.of());

    assertThatThrownBy(() -> issue(names)).isInstanceOf(PkiException.class);
  }

  @Property(tries = 200)
  void shouldKnowAnIpv6AddressInAnyForm(@ForAll @Size(16) byte[] address) throws Exception {
    String full = InetAddress.getByAddress(address).getHostAddress();

    SubjectAltNames names = new SubjectAltNames(List.of(), List.of(full), List.of(), List.of());

    assertThat(SubjectAltNames.of(issue(names)).sameNames(names)).isTrue();
  }

  private static X509Certificate issue(SubjectAltNames names) {
    Validity validity = new Validity(MalformedCertificate.NOW, MalformedCertificate.END);
    return PlainCertificates.root(
            DistinguishedName.parse("CN=root"), validity, TestKeys.of(TestKeys.P256))
        .issue(
            PlainCertificates.request(
                Profile.SERVER, DistinguishedName.parse("CN=me"), names, validity),
            TestKeys.of(TestKeys.P256).publicKey());
  }
}
