package dev.mtlsoperator.consumers;

import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that are clients of a server, each with the files of a Secret as it reads them. */
final class ClientPrograms {
  private static final String PEM = "`tls.crt`, `tls.key`, `ca.crt`";
  private static final String KEYSTORES = "`keystore.p12`, `truststore.p12`, `keystore.password`";

  private static final Path RUSTLS = Path.of("src/test/consumers/rustls-tls");

  private static final String PYTHON =
      """
      import socket, ssl, sys
      host, port, trust = sys.argv[1:4]
      context = ssl.create_default_context(cafile=trust + "/ca.crt")
      for own in sys.argv[4:]:
          context.load_cert_chain(own + "/tls.crt", own + "/tls.key")
      with context.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), 20), server_hostname=host) as tls:
          tls.sendall(("GET / HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n" % host).encode())
          while part := tls.recv(4096):
              sys.stdout.write(part.decode())
      """;

  private static final String NODE =
      """
      const {readFileSync} = require('fs');
      const [host, port, trust, own] = process.argv.slice(1);
      const options = {host: '127.0.0.1', port, servername: host, headers: {host}, agent: false, ca: readFileSync(trust + '/ca.crt')};
      if (own) {
        options.cert = readFileSync(own + '/tls.crt');
        options.key = readFileSync(own + '/tls.key');
      }
      require('https').get(options, answer => answer.pipe(process.stdout))
        .on('error', refused => { console.log(refused.message); process.exitCode = 1; });
      """;

  private final String host;
  private final Path folder;

  /** Sends a request. */
  @FunctionalInterface
  interface Request {
    /**
     * Sends one, on a connection of its own.
     *
     * @param own folder with the client's certificate; empty: it has none
     * @param trust folder with the CAs that it trusts
     * @return the answer, or why there is none
     * @throws Exception also why there is none
     */
    String send(Optional<Path> own, Path trust, int port) throws Exception;
  }

  /**
   * A program.
   *
   * @param reads which entries of the Secret
   * @param refusal what it says of a server of another CA
   */
  record Program(String name, String reads, Cell version, String refusal, Request request) {
    /** Sends a request; returns the answer, or why there is none. */
    String ask(Optional<Path> own, Path trust, int port) throws InterruptedException {
      try {
        return request.send(own, trust, port);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        return String.valueOf(e);
      }
    }
  }

  /**
   * @param host the name in the server's certificate
   * @param folder for files
   */
  ClientPrograms(String host, Path folder) {
    this.host = host;
    this.folder = folder;
  }

  /** Builds those that are built. */
  static void provision() {
    var unused = List.of(provisionGo(), provisionRustls());
  }

  private static Consumer provisionGo() {
    return Consumer.provision("src/test/consumers/provision-go-tls.sh");
  }

  static Consumer provisionRustls() {
    return Consumer.provision(
        "src/test/consumers/provision-rustls-tls.sh",
        "cargo",
        "apt-get install cargo-web, or Rust 1.78 or later");
  }

  /** Of the library by which rustls verifies. */
  static Cell webpki() throws IOException {
    return ProgramVersions.ofCrate(RUSTLS, "rustls-webpki");
  }

  /** All of them; those that are not installed end the test. */
  List<Program> all() throws IOException {
    return List.of(
        curlWithPem(),
        curlWithKeystore(),
        gnutls(),
        nss(),
        python(),
        node(),
        go(),
        rustls(),
        javaHttpClient(),
        apacheHttpClient());
  }

  private Program curlWithPem() {
    return curl(
        "curl (OpenSSL)",
        PEM,
        own -> List.of("--cert", own + "/tls.crt", "--key", own + "/tls.key"));
  }

  private Program curlWithKeystore() {
    return curl(
        "curl (OpenSSL), with PKCS#12",
        "`keystore.p12`, `keystore.password`, `ca.crt`",
        own ->
            List.of(
                "--cert-type",
                "P12",
                "--cert",
                own + "/keystore.p12:" + Files.readString(own.resolve("keystore.password"))));
  }

  /** The options that give a program a certificate. */
  @FunctionalInterface
  private interface Identity {
    List<String> options(Path own) throws IOException;
  }

  private Program curl(String name, String reads, Identity identity) {
    Consumer curl = Consumer.require("curl", "apt-get install curl");
    return new Program(
        name,
        reads,
        ProgramVersions.printed(curl, "--version", "curl ([0-9.]+)"),
        "SSL certificate problem",
        (own, trust, port) -> {
          List<String> arguments =
              new ArrayList<>(
                  List.of(
                      "-sS",
                      "--cacert",
                      trust + "/ca.crt",
                      "--connect-to",
                      "::127.0.0.1:" + port,
                      "https://" + host + "/"));
          if (own.isPresent()) {
            arguments.addAll(identity.options(own.get()));
          }
          return run(curl, arguments);
        });
  }

  private Program gnutls() throws IOException {
    Consumer client = Consumer.require("gnutls-cli", "apt-get install gnutls-bin");
    Path request = request();
    return new Program(
        "gnutls-cli",
        PEM,
        ProgramVersions.gnutls(client),
        "PKI verification of server certificate failed",
        (own, trust, port) -> {
          List<String> arguments =
              new ArrayList<>(
                  List.of(
                      "--x509cafile",
                      trust + "/ca.crt",
                      "--sni-hostname",
                      host,
                      "--verify-hostname",
                      host,
                      "--port",
                      Integer.toString(port)));
          own.ifPresent(
              files -> {
                arguments.addAll(List.of("--x509certfile", files + "/tls.crt"));
                arguments.addAll(List.of("--x509keyfile", files + "/tls.key"));
              });
          arguments.add("127.0.0.1");
          return client.runWithInput(folder, request, arguments.toArray(String[]::new)).output();
        });
  }

  private Program nss() throws IOException {
    Consumer client = Consumer.require("tstclnt", "apt-get install libnss3-tools");
    Path request = request();
    return new Program(
        "NSS (`tstclnt`)",
        "`keystore.p12`, `keystore.password`, `ca.crt`",
        ProgramVersions.ofPackage("libnss3-tools"),
        "SEC_ERROR_UNKNOWN_ISSUER|SEC_ERROR_UNTRUSTED_ISSUER",
        (own, trust, port) ->
            client
                .runWithInput(
                    folder,
                    request,
                    "-d",
                    nssDatabase(own, trust),
                    "-h",
                    "127.0.0.1",
                    "-p",
                    Integer.toString(port),
                    "-a",
                    host)
                .output());
  }

  /** A database of its own for each request, as people make one for Firefox. */
  private String nssDatabase(Optional<Path> own, Path trust)
      throws IOException, CertificateEncodingException {
    NssDatabase database = NssDatabase.create(Files.createTempDirectory(folder, "nss"));
    for (X509Certificate ca : Pem.readCertificates(Files.readString(trust.resolve("ca.crt")))) {
      Path file = Files.write(folder.resolve("ca.der"), ca.getEncoded());
      database.trust(ca.getSerialNumber().toString(), "C,,", file);
    }
    own.ifPresent(
        files -> database.add(files.resolve("keystore.p12"), files.resolve("keystore.password")));
    return database.location();
  }

  private Path request() throws IOException {
    return Files.writeString(
        folder.resolve("request.txt"),
        "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }

  private Program python() {
    Consumer python = Consumer.require("python3", "apt-get install python3");
    return new Program(
        "Python (`ssl`)",
        PEM,
        ProgramVersions.printed(python, "--version", "Python (\\S+)"),
        "CERTIFICATE_VERIFY_FAILED",
        (own, trust, port) ->
            run(
                python,
                inOrder(
                    List.of("-c", PYTHON, host, Integer.toString(port), trust.toString()), own)));
  }

  private Program node() {
    Consumer node = Consumer.require("node", "apt-get install nodejs");
    return new Program(
        "Node.js (`https`)",
        PEM,
        ProgramVersions.printed(node, "--version", "v(\\S+)"),
        "unable to verify the first certificate|unable to get local issuer certificate|self-signed certificate",
        (own, trust, port) ->
            run(
                node,
                inOrder(List.of("-e", NODE, host, Integer.toString(port), trust.toString()), own)));
  }

  private Program go() {
    Consumer program = provisionGo();
    return new Program(
        "Go (`net/http`)",
        PEM,
        ProgramVersions.go(Consumer.require("go", "install Go")),
        "certificate signed by unknown authority",
        (own, trust, port) ->
            run(
                program,
                inOrder(List.of("get", trust.toString(), "127.0.0.1:" + port, host), own)));
  }

  private Program rustls() throws IOException {
    Consumer program = provisionRustls();
    return new Program(
        "Rust (rustls)",
        PEM,
        ProgramVersions.ofCrate(RUSTLS, "rustls"),
        "UnknownIssuer",
        (own, trust, port) ->
            run(
                program,
                inOrder(List.of("get", host, Integer.toString(port), trust.toString()), own)));
  }

  private Program javaHttpClient() {
    return new Program(
        "Java (`HttpClient`)",
        KEYSTORES,
        ProgramVersions.java(),
        "PKIX path building failed",
        (own, trust, port) ->
            KeystoreClients.jdk(
                    own.map(KeystoreFiles::ofSecret), KeystoreFiles.ofSecret(trust), port)
                .body());
  }

  private Program apacheHttpClient() {
    return new Program(
        "Apache HttpClient",
        KEYSTORES,
        Cell.fixed(
            org.apache.hc.core5.util.VersionInfo.loadVersionInfo(
                    "org.apache.hc.client5", getClass().getClassLoader())
                .getRelease()),
        "PKIX path building failed",
        (own, trust, port) ->
            KeystoreClients.apache(
                    own.map(KeystoreFiles::ofSecret), KeystoreFiles.ofSecret(trust), host, port)
                .body());
  }

  /** The client's folder is the last argument, if it has a certificate. */
  private static List<String> inOrder(List<String> first, Optional<Path> own) {
    return Stream.concat(first.stream(), own.map(Path::toString).stream()).toList();
  }

  private String run(Consumer program, List<String> arguments) {
    return program.run(folder, arguments.toArray(String[]::new)).output();
  }
}
