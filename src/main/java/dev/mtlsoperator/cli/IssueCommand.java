package dev.mtlsoperator.cli;

import dev.mtlsoperator.cli.manifest.Manifests;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mtls-operator issue}: issues certificates from YAML into files, without a cluster. */
@Command(
    name = "issue",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Issues what RootCA, ServerCert and ClientCert resources in YAML files ask for, without a cluster: the same rules, the same"
          + " certificates, as files with the names that people know.",
      "",
      "Each resource gets a folder OUT/<namespace>/<kind>/<name>:",
      "  rootca/<name>      root.crt root.key; of a CA by spec.import root.crt alone",
      "  servercert/<name>  server.crt server.key root.crt",
      "  clientcert/<name>  client.crt client.key root.crt client.p12 truststore.p12 client.password",
      "A RootCA with spec.revocation also gets root.crl, a ServerCert or ClientCert with spec.revocations the root.crl of all CAs in"
          + " its root.crt: run again before it expires (spec.revocation.validity, 30d), or gateways that read it refuse every client."
          + " With spec.revoked, certificate and key are deleted, and every unexpired certificate is on the CRL of its CA.",
      "Secrets and ConfigMaps that these resources name (spec.import, additionalTrust, passwordSecretRef) are read from the same files,"
          + " where they carry the label mtls-operator.dev/input: \"true\".",
      "Run again, it keeps the CA and all that is still valid and as asked for, and issues only what is new or due.",
      "What a known class of peers will refuse is told as a warning; docs/compatibility.md lists them.",
      "Folders have mode 0700, keys and passwords 0600; symbolic links are not followed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mtls-operator issue -f examples/quickstart -o certificates",
      "  cat web.yaml | mtls-operator issue -f - -o certificates",
      "  cd certificates/default/clientcert/client &&",
      "    curl --cacert root.crt --cert client.crt --key client.key https://gateway.example.org",
      "",
      "Exit codes: 0 all is as asked for, 1 files could not be written, 2 a mistake in options or resources (nothing is written)."
    })
public final class IssueCommand implements Callable<Integer> {
  private static final int LARGEST_FILE = 4 * 1024 * 1024;

  private final Clock clock;

  @Option(
      names = {"-f", "--filename"},
      required = true,
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "YAML or JSON files, folders of them, or - for standard input.")
  private List<String> sources = List.of();

  @Option(
      names = {"-R", "--recursive"},
      description = "Folders with all folders below.")
  private boolean recursive;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The folder to write to; made when missing.")
  private Path output = Path.of("");

  @Spec private @Nullable CommandSpec spec;

  /** Uses the system's clock. */
  public IssueCommand() {
    this(Clock.systemUTC());
  }

  /** Uses a given clock. */
  public IssueCommand(Clock clock) {
    this.clock = clock;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec().commandLine().getErr();
    return CommandFailures.told(err, () -> issue(err));
  }

  private void issue(PrintWriter err) throws IOException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    OfflineIssuer issuer = new OfflineIssuer(manifests(err), output.normalize(), now);
    List<IssuedLine> issued = issuer.run();
    issuer.remarks().forEach(err::println);
    print(issued);
    issued.forEach(line -> line.warnings().forEach(err::println));
  }

  private Manifests manifests(PrintWriter err) throws IOException {
    Manifests all = Manifests.none();
    for (String source : sources) {
      if (source.equals("-")) {
        all = all.plus(Manifests.read("standard input", text("standard input", System.in)));
      } else {
        for (Path file : files(Path.of(source))) {
          all = all.plus(Manifests.read(file.toString(), text(file)));
        }
      }
    }
    all.ignored()
        .forEach(
            i ->
                err.println(
                    i.origin()
                        + ", document "
                        + i.document()
                        + ": ignored, not one of our kinds: "
                        + i.subject()));
    if (!all.problems().isEmpty()) {
      throw new UserError(all.problems().stream().map(Manifests.Problem::toString).toList());
    }
    if (all.rootCAs().isEmpty() && all.leaves().isEmpty()) {
      throw new UserError(
          "there is no RootCA, ServerCert or ClientCert in " + String.join(", ", sources));
    }
    return all;
  }

  private List<Path> files(Path source) throws IOException {
    if (!Files.exists(source)) {
      throw new UserError(source + " does not exist");
    }
    if (!Files.isDirectory(source)) {
      return List.of(source);
    }
    try (Stream<Path> walk = Files.walk(source, recursive ? Integer.MAX_VALUE : 1)) {
      return new ArrayList<>(
          walk.filter(Files::isRegularFile)
              .filter(file -> file.toString().matches(".*\\.(yaml|yml|json)"))
              .sorted()
              .toList());
    } catch (UncheckedIOException e) {
      throw new UserError(source + " cannot be read: " + e.getMessage());
    }
  }

  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return text(file.toString(), in);
    }
  }

  private static String text(String origin, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
    if (bytes.length > LARGEST_FILE) {
      throw new UserError(origin + " has more than " + LARGEST_FILE + " bytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UserError(
          origin
              + (isUtf16(bytes)
                  ? " is UTF-16 text: convert it with iconv -f UTF-16 -t UTF-8"
                  : " is not UTF-8 text: save it as UTF-8"));
    }
  }

  // with the byte order mark that Windows writes, in either order
  private static boolean isUtf16(byte[] bytes) {
    return bytes.length > 1 && (bytes[0] & bytes[1] & 0xFE) == 0xFE && bytes[0] != bytes[1];
  }

  private void print(List<IssuedLine> lines) {
    PrintWriter out = spec().commandLine().getOut();
    lines.forEach(out::println);
    out.flush();
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not called through picocli");
    }
    return spec;
  }
}
