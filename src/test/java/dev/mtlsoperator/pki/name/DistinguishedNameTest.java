package dev.mtlsoperator.pki.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class DistinguishedNameTest {
  @Property
  void shouldReadWhatItWrites(
      @ForAll("values") String commonName, @ForAll("values") String organization) {
    DistinguishedName name =
        DistinguishedName.of(
            new DistinguishedName.Attributes(
                commonName,
                List.of(organization),
                List.of(),
                List.of("DE"),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null));

    assertThat(DistinguishedName.parse(name.toString())).isEqualTo(name);
  }

  @Property
  void shouldRefuseGarbageKindly(@ForAll String text) {
    try {
      DistinguishedName.parse(text);
    } catch (PkiException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Example
  void shouldEncodeTheStringFromItsEnd() {
    DistinguishedName parsed = DistinguishedName.parse("CN=root,OU=test,O=alibaba,L=bj,ST=bj,C=CN");
    DistinguishedName built =
        DistinguishedName.of(
            new DistinguishedName.Attributes(
                "root",
                List.of("alibaba"),
                List.of("test"),
                List.of("CN"),
                List.of("bj"),
                List.of("bj"),
                List.of(),
                List.of(),
                null));

    assertThat(parsed).isEqualTo(built);
    assertThat(parsed.toString()).isEqualTo("CN=root,OU=test,O=alibaba,L=bj,ST=bj,C=CN");
  }

  @Example
  void shouldTakeValuesForWhatTheyAre() {
    for (String value : List.of("#0403666f6f", "#abc", "\\foo", "a=b,c", "\"q\"", " x ", "#")) {
      DistinguishedName name =
          DistinguishedName.of(
              new DistinguishedName.Attributes(
                  value, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                  List.of(), null));

      assertThat(name.commonName()).contains(value);
      assertThat(DistinguishedName.parse(name.toString())).isEqualTo(name);
    }
    assertThat(DistinguishedName.parse("CN=\\#x").commonName()).contains("#x");
  }

  @Example
  void shouldReadEscapes() {
    assertThat(DistinguishedName.parse("CN=Doe\\, John\\20,O=M\\C3\\BCller").commonName())
        .contains("Doe, John ");
    assertThat(DistinguishedName.parse("O=M\\C3\\BCller"))
        .isEqualTo(DistinguishedName.parse("O=Müller"));
  }

  @Example
  void shouldSayWhatIsWrong() {
    assertThatThrownBy(() -> DistinguishedName.parse("CN=a+OU=b"))
        .hasMessageContaining("several attributes");
    assertThatThrownBy(() -> DistinguishedName.parse("XX=a"))
        .hasMessageContaining("'XX' is not known");
    assertThatThrownBy(() -> DistinguishedName.parse("CN=#0403")).hasMessageContaining("#hex");
    assertThatThrownBy(() -> DistinguishedName.parse("CN=a,,O=b"))
        .hasMessageContaining("TYPE=value is expected");
    assertThatThrownBy(() -> DistinguishedName.parse("")).isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> DistinguishedName.parse("CN=a\\0Ab"))
        .hasMessageContaining("control character");
    assertThatThrownBy(() -> DistinguishedName.parse("C=DEU")).isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> DistinguishedName.parse("CN=" + "x".repeat(65)))
        .hasMessageContaining("1 to 64");
    assertThatThrownBy(() -> DistinguishedName.parse("emailAddress=ü@example.org"))
        .hasMessageContaining("ASCII");
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.strings()
        .withCharRange(' ', '~')
        .withChars("äöüßéİı€漢")
        .ofMinLength(1)
        .ofMaxLength(40);
  }
}
