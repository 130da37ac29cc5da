package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is issued is valid for OpenSSL at its strictest. */
@Tag("programs")
class OpensslVerifyTest {
  private final Validity validity = Validity.starting(Instant.now(), Duration.ofDays(1));

  static Stream<KeyParameters> keys() {
    return TestKeys.ALL.stream();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void shouldVerifyStrictly(KeyParameters parameters, @TempDir Path folder) throws Exception {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    CertificateAuthority ca =
        PlainCertificates.root(
            DistinguishedName.parse("CN=root,O=Example,C=DE"), validity, TestKeys.of(parameters));
    Files.writeString(folder.resolve("root.pem"), Pem.write(ca.certificate()));
    for (Profile profile : List.of(Profile.SERVER, Profile.CLIENT, Profile.PEER)) {
      for (String subject : List.of("CN=www.example.org", "O=Example,C=FR")) {
        CertificateRequest request =
            PlainCertificates.request(
                profile,
                DistinguishedName.parse(subject),
                new SubjectAltNames(
                    List.of("www.example.org"), List.of("2001:db8::1"), List.of(), List.of()),
                validity);
        Files.writeString(
            folder.resolve("leaf.pem"),
            Pem.write(ca.issue(request, TestKeys.of(parameters).publicKey())));

        Run server = verify(folder, openssl, "sslserver");
        Run client = verify(folder, openssl, "sslclient");

        assertThat(server.output().contains("leaf.pem: OK")).isEqualTo(profile != Profile.CLIENT);
        assertThat(client.output().contains("leaf.pem: OK")).isEqualTo(profile != Profile.SERVER);
      }
    }
  }

  private static Run verify(Path folder, Consumer openssl, String purpose) {
    return openssl.run(
        folder,
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-purpose",
        purpose,
        "-CAfile",
        "root.pem",
        "leaf.pem");
  }
}
