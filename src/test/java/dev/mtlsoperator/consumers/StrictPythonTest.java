package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Python's default context accepts what each example issues, for servers and clients, with the
 * flags that are its default since 3.13 (python/cpython#107361).
 */
@Tag("programs")
@Tag("once")
final class StrictPythonTest {
  /** Arguments: host, folder of the server, folder of the client. */
  private static final String HANDSHAKE =
      """
      import socket, ssl, sys, threading
      host, server, client = sys.argv[1:4]
      strict = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
      serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=server + '/root.crt')
      serving.verify_mode = ssl.CERT_REQUIRED
      serving.verify_flags |= strict
      serving.load_cert_chain(server + '/server.crt', server + '/server.key')
      dialing = ssl.create_default_context(cafile=client + '/root.crt')
      dialing.verify_flags |= strict
      dialing.load_cert_chain(client + '/client.crt', client + '/client.key')
      one, other = socket.socketpair()
      said = []
      def serve():
          try:
              with serving.wrap_socket(other, server_side=True) as tls:
                  tls.sendall(b'hello ' + dict(rdn[0] for rdn in tls.getpeercert()['subject']).get('commonName', '').encode())
          except OSError as e:
              said.append(str(e))
      thread = threading.Thread(target=serve, daemon=True)
      thread.start()
      with dialing.wrap_socket(one, server_hostname=host) as tls:
          print(tls.recv(100).decode())
      thread.join(10)
      sys.exit(' '.join(said) or 0)
      """;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"quickstart", "seed"})
  void shouldAcceptEachExample(String example) throws IOException {
    Consumer python = Consumer.require("python3", "apt-get install python3");
    issue(Path.of("examples", example));
    List<Path> clients = folders("client.crt");

    for (Path server : folders("server.crt")) {
      String host =
          SubjectAltNames.of(
                  Pem.readCertificates(Files.readString(server.resolve("server.crt"))).get(0))
              .dnsNames()
              .get(0);
      for (Path client : clients) {
        assertThat(
                python
                    .run(folder, "-c", HANDSHAKE, host, server.toString(), client.toString())
                    .orThrow()
                    .output())
            .startsWith("hello ");
      }
    }
    assertThat(clients).hasSizeGreaterThan(1);
  }

  private void issue(Path example) {
    StringWriter said = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand())
            .setOut(new PrintWriter(said))
            .setErr(new PrintWriter(said))
            .execute("-f", example.toString(), "-o", folder.resolve("issued").toString());
    assertThat(exitCode).as(said.toString()).isZero();
  }

  private List<Path> folders(String file) throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("issued"))) {
      return all.filter(path -> path.endsWith(file)).map(Path::getParent).sorted().toList();
    }
  }
}
