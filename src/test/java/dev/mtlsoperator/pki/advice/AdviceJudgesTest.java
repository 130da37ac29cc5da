package dev.mtlsoperator.pki.advice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The peers that the advice speaks of refuse what it is about, as far as they are at hand. */
@Tag("programs")
@Tag("once")
class AdviceJudgesTest {
  private static final String APT = "apt-get install ";

  /** Verifies as Python 3.13 and later do by default. */
  private static final String HANDSHAKE =
      """
      import socket, ssl, sys, threading
      server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
      server.load_cert_chain('chain.pem', 'key.pem')
      client = ssl.create_default_context(cafile='ca.pem')
      client.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
      one, other = socket.socketpair()
      def serve():
          try:
              server.wrap_socket(other, server_side=True).close()
          except OSError:
              pass
      threading.Thread(target=serve, daemon=True).start()
      try:
          client.wrap_socket(one, server_hostname='a.example.org')
          print('ok')
      except ssl.SSLCertVerificationError as e:
          print('error', e.verify_code)
      """;

  @TempDir private Path folder;

  static Stream<Arguments> strict() {
    return Stream.of(
        Arguments.of("ca-without-key-usage", 92, Extension.keyUsage),
        Arguments.of("ca-without-subject-key-identifier", 86, Extension.subjectKeyIdentifier));
  }

  @ParameterizedTest
  @MethodSource("strict")
  void shouldBeRefusedByOpensslAndPython(
      String id, int error, org.bouncycastle.asn1.ASN1ObjectIdentifier missing) throws IOException {
    Draft.Made root = Draft.root(ca -> ca.without(missing));

    shouldRefuseStrictly(id, error, List.of(), root, Draft.server(root, leaf -> {}));
  }

  @Test
  void shouldRefuseBasicConstraintsThatAreNotCritical() throws IOException {
    Draft.Made root =
        Draft.root(ca -> ca.with(Extension.basicConstraints, false, new BasicConstraints(true)));

    shouldRefuseStrictly(
        "ca-basic-constraints-not-critical", 89, List.of(), root, Draft.server(root, leaf -> {}));
  }

  @Test
  void shouldRefuseAnIntermediateWithoutAuthorityKeyIdentifier() throws IOException {
    Draft.Made root = Draft.root(ca -> {});
    Draft.Made below = Draft.intermediate(root, ca -> ca.without(Extension.authorityKeyIdentifier));

    shouldRefuseStrictly(
        "ca-without-authority-key-identifier",
        85,
        List.of(below.certificate()),
        root,
        Draft.server(below, leaf -> {}));
  }

  @Test
  void shouldAcceptWhatThereIsNoAdviceOn() throws IOException {
    Draft.Made root = Draft.root(ca -> {});
    write(List.of(), root, Draft.server(root, leaf -> {}));

    assertThat(openssl("-x509_strict").output()).contains("OK");
    assertThat(python()).isEqualTo("ok");
    assertThat(go().output()).contains("ok");
  }

  static Stream<Arguments> unknownToGo() throws Exception {
    KeyPairGenerator pss = KeyPairGenerator.getInstance("RSASSA-PSS");
    pss.initialize(2048);
    KeyPair key = pss.generateKeyPair();
    return Stream.of(
        Arguments.of("negative-serial", Draft.root(ca -> ca.serial = BigInteger.ONE.negate())),
        Arguments.of(
            "name-constraints-unknown-to-go",
            Draft.root(
                ca ->
                    ca.with(
                        Extension.nameConstraints,
                        true,
                        new NameConstraints(
                            null,
                            new GeneralSubtree[] {
                              new GeneralSubtree(new GeneralName(new X500Name("O=Nobody")))
                            })))),
        Arguments.of("ca-rsa-pss-key", Draft.root(key, ca -> {})));
  }

  @ParameterizedTest
  @MethodSource("unknownToGo")
  void shouldBeRefusedByGo(String id, Draft.Made root) throws IOException {
    write(List.of(), root, Draft.server(root, leaf -> {}));

    assertThat(openssl().output()).as(id).contains("OK");
    assertThat(go().exitCode()).as(id).isNotZero();
  }

  @Test
  void shouldNotMatchAWildcardBelowATopLevelLabel() throws IOException {
    Draft.Made root = Draft.root(ca -> {});
    write(
        List.of(),
        root,
        Draft.server(
            root,
            leaf ->
                leaf.names(
                    new GeneralName(GeneralName.dNSName, "*.local"),
                    new GeneralName(GeneralName.dNSName, "*.lan.local"))));

    assertThat(openssl("-verify_hostname", "a.lan.local").output()).contains("OK");
    assertThat(openssl("-verify_hostname", "a.local").output()).contains("error 62");
  }

  /** The command that the advice gives mends a CA for strict verifiers. */
  @Test
  void shouldMendACaByTheCommandThatIsGiven() throws IOException {
    Draft.Made bare =
        Draft.root(
            ca ->
                ca.without(Extension.subjectKeyIdentifier)
                    .without(Extension.keyUsage)
                    .with(Extension.basicConstraints, false, new BasicConstraints(true)));
    write(List.of(), bare, Draft.server(bare, leaf -> {}));
    Files.writeString(folder.resolve("tls.crt"), bare.pem());
    Files.writeString(folder.resolve("tls.key"), pem(bare));
    String remedy =
        AdviceCatalog.CAS.stream()
            .filter(rule -> rule.id().equals("ca-without-key-usage"))
            .findFirst()
            .orElseThrow()
            .remedy();
    List<String> commands =
        Stream.of(remedy.split("`", -1))
            .filter(part -> part.startsWith("printf") || part.startsWith("openssl"))
            .toList();
    assertThat(commands).hasSize(2);

    for (String command : commands) {
      Consumer.require("sh", APT + "dash").run(folder, "-c", command).orThrow();
    }

    Files.copy(
        folder.resolve("new.crt"),
        folder.resolve("ca.pem"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(openssl("-x509_strict").output()).contains("OK");
  }

  private void shouldRefuseStrictly(
      String id, int error, List<X509Certificate> above, Draft.Made root, Draft.Made leaf)
      throws IOException {
    write(above, root, leaf);

    assertThat(openssl().output()).contains("OK");
    assertThat(openssl("-x509_strict").output()).contains("error " + error);
    assertThat(python()).isEqualTo("error " + error);
    assertThat(AdviceCatalog.CAS)
        .filteredOn(rule -> rule.id().equals(id))
        .singleElement()
        .satisfies(rule -> assertThat(rule.peers()).contains("Python", "error " + error));
  }

  private void write(List<X509Certificate> above, Draft.Made root, Draft.Made leaf)
      throws IOException {
    Files.writeString(folder.resolve("ca.pem"), root.pem());
    Files.writeString(folder.resolve("above.pem"), Pem.write(above));
    Files.writeString(folder.resolve("leaf.pem"), leaf.pem());
    Files.writeString(folder.resolve("chain.pem"), leaf.pem() + Pem.write(above));
    Files.writeString(folder.resolve("key.pem"), pem(leaf));
    Path current = Files.createDirectories(folder.resolve("current"));
    Files.copy(folder.resolve("chain.pem"), current.resolve("tls.crt"));
    Files.copy(folder.resolve("key.pem"), current.resolve("tls.key"));
    Files.copy(folder.resolve("ca.pem"), current.resolve("ca.crt"));
  }

  private static String pem(Draft.Made made) {
    return "-----BEGIN PRIVATE KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(made.key().getEncoded())
        + "\n-----END PRIVATE KEY-----\n";
  }

  private Run openssl(String... options) {
    List<String> command =
        Stream.of(
                Stream.of("verify", "-CAfile", "ca.pem", "-untrusted", "chain.pem"),
                Stream.of(options),
                Stream.of("leaf.pem"))
            .flatMap(part -> part)
            .toList();
    return Consumer.require("openssl", APT + "openssl").run(folder, command.toArray(String[]::new));
  }

  private String python() {
    return Consumer.require("python3", APT + "python3")
        .run(folder, "-c", HANDSHAKE)
        .orThrow()
        .output()
        .strip();
  }

  private Run go() {
    return Consumer.provision("src/test/consumers/provision-go-tls.sh")
        .run(folder, "verify", folder.toString());
  }
}
