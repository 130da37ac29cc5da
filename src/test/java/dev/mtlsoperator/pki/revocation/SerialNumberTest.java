package dev.mtlsoperator.pki.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SerialNumberTest {
  @ParameterizedTest
  @CsvSource({
    // openssl x509 -serial, -text, -text of a small one, and -ext of an AKI
    "1C39A4F00B, 1C39A4F00B",
    "1c:39:a4:f0:0b, 1C39A4F00B",
    "0x1000, 1000",
    "0X1000, 1000",
    "00:8F:11, 8F11",
    // Firefox, Chrome
    "04:00:00:00:00:01:15:4B:5A:C3:94, 040000000001154B5AC394",
    "008f11, 8F11",
    // certutil of NSS and of Windows, keytool, certtool
    "00:8f:11, 8F11",
    "00:8f: 11, 8F11",
    "61 1e b4 0a 00 00 00 00 00 05, 611EB40A000000000005",
    "04000000000 0115, 0040000000000115",
    "5b1c2d, 5B1C2D",
    "abc, 0ABC",
    "1, 01",
    "0000000000000000000001, 01",
    // 32 octets
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff, FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
  })
  void shouldReadWhatProgramsPrint(String printed, String written) {
    BigInteger number = SerialNumber.parse(printed);

    assertThat(number).isEqualTo(new BigInteger(written, 16));
    assertThat(new BigInteger(SerialNumber.text(number), 16)).isEqualTo(number);
    assertThat(SerialNumber.text(number)).matches("([0-9A-F]{2})+").isEqualTo(trimmed(written));
    assertThat(SerialNumber.parse(SerialNumber.text(number))).isEqualTo(number);
    assertThat(SerialNumber.read(printed)).contains(number);
  }

  private static String trimmed(String octets) {
    return octets.startsWith("00") ? octets.substring(2) : octets;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ":",
        "0x",
        "-1",
        "+1",
        "12:",
        ":12",
        "12::34",
        "12:3",
        "12  34",
        "0x0x1",
        "1g",
        "serial=01",
        "4096 (0x1000)",
        "12\n",
        "\u066112"
      })
  void shouldSayWhichFormsAreTaken(String text) {
    assertThatThrownBy(() -> SerialNumber.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a serial number: write it in hexadecimal as")
        .hasMessageContaining("0A1B2C, 0a:1b:2c or 0x0a1b2c");
    assertThat(SerialNumber.read(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "00:00", "0x0"})
  void shouldRefuseZero(String text) {
    assertThatThrownBy(() -> SerialNumber.parse(text)).hasMessageContaining("it is positive");
  }

  @Test
  void shouldRefuseMoreThan32Octets() {
    assertThatThrownBy(() -> SerialNumber.parse("1" + "0".repeat(64)))
        .hasMessageContaining("at most 32 octets");
    assertThatThrownBy(() -> SerialNumber.parse("0".repeat(100) + "1"))
        .hasMessageContaining("at most 100 characters, and this one has 101");
    assertThat(SerialNumber.parse("0".repeat(99) + "1")).isEqualTo(BigInteger.ONE);
  }

  @Test
  void shouldTellNegativeOnesAsOpensslDoes() {
    assertThat(SerialNumber.text(BigInteger.valueOf(-1))).isEqualTo("-01");
    assertThat(SerialNumber.text(BigInteger.ZERO)).isEqualTo("00");
  }

  /** The API server's CEL and Java take it alike, and neither backtracks. */
  @Test
  void shouldHaveAFormThatNeverBacktracks() {
    assertThat(SerialNumber.FORM).doesNotContain("\\").doesNotContain("\"").startsWith("^");
    // of several ways to match, each would be tried: 2 to the power of 33 or more
    for (String nearly : List.of("00:".repeat(33) + "!", "0".repeat(99) + "!")) {
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(2), () -> assertThat(nearly.matches(SerialNumber.FORM)).isFalse());
    }
  }
}
