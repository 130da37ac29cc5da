package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The URL that certificates name is wrong before anything is done, or right. */
final class OperatorCommandTest {
  private static final String[] OWN = {"--operator-namespace", "mtls-operator"};

  private static Settings settings(String... options) {
    OperatorCommand command = new OperatorCommand();
    new CommandLine(command)
        .parseArgs(Stream.of(OWN, options).flatMap(Stream::of).toArray(String[]::new));
    return command.settings();
  }

  @ParameterizedTest
  @CsvSource({
    "http://crl.example.com, http://crl.example.com/ocsp",
    "http://crl.example.com/, http://crl.example.com/ocsp",
    "http://crl.example.com:8081/pki/a, http://crl.example.com:8081/pki/a/ocsp",
    "https://192.0.2.1, https://192.0.2.1/ocsp",
    "http://[2001:db8::1]:80, http://[2001:db8::1]:80/ocsp"
  })
  void shouldNameTheResponderUnderTheUrl(String url, String ocsp) {
    assertThat(settings("--crl-port=8081", "--crl-url=" + url).ocspUrl()).contains(ocsp);
  }

  @Test
  void shouldNameNoResponderWithoutAUrl() {
    assertThat(settings("--crl-port=8081").ocspUrl()).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "crl.example.com",
        "ldap://crl.example.com",
        "HTTP://crl.example.com",
        "http://",
        "http://bücher.example",
        "http://user@crl.example.com",
        "http://crl.example.com?a=b",
        "http://crl.example.com#a",
        "http://crl.example.com//",
        "http://crl.example.com/a b",
        "http://crl.example.com/%zz",
        "http://crl.example.com:port",
        "http://crl.example.com:65536",
        "http://crl.example.com:0",
        "http://crl.example.com:080",
        "http://crl.example.com\n"
      })
  void shouldRefuseWhatCertificatesCannotName(String url) {
    refused("--crl-url: '" + url + "' cannot be written", "--crl-port=8081", "--crl-url=" + url);
  }

  @Test
  void shouldRefuseALongUrlAndOneWithoutAPort() {
    String url = "http://crl.example.com/" + "a".repeat(256);
    refused("of at most 256 characters", "--crl-port=8081", "--crl-url=" + url);
    refused("--crl-url needs --crl-port", "--crl-url=http://crl.example.com");
  }

  // no cluster is asked
  private static void refused(String message, String... options) {
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new OperatorCommand())
            .setErr(new PrintWriter(err, true))
            .execute(Stream.of(OWN, options).flatMap(Stream::of).toArray(String[]::new));

    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    assertThat(exitCode).isEqualTo(2);
  }
}
