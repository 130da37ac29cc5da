package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.cli.CommandFailures;
import dev.mtlsoperator.cli.UserError;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mtls-operator export}: writes what one consumer of a certificate needs. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes the files that one program needs of a certificate, under the names that people know, and prints the lines that use"
          + " them. The certificate is in the cluster of KUBECONFIG, or in a folder that `issue` wrote.",
      "All files have mode 0600. They are copies: nothing renews them, so prefer the Secret itself where a program can read it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mtls-operator export servercert/shop-gateway --for nginx -o /etc/nginx/mtls",
      "  mtls-operator export clientcert/jane --for browser -n people -o jane",
      "  mtls-operator export clientcert/client --for curl --from certificates -o client",
      "",
      "Exit codes: 0 written, 1 the cluster or the file system failed, 2 a mistake in options, or there is no such certificate."
    })
public final class ExportCommand implements Callable<Integer> {
  private final Supplier<KubernetesClient> clients;
  private final Clock clock;

  @Parameters(
      paramLabel = "KIND/NAME",
      description = "The certificate: servercert/NAME or clientcert/NAME.")
  private String certificate = "";

  @Option(
      names = "--for",
      required = true,
      paramLabel = "CONSUMER",
      completionCandidates = Consumers.class,
      description = "Who is to use it: ${COMPLETION-CANDIDATES}.")
  private String consumer = "";

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write to; made when missing.")
  private Path output = Path.of("");

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "By default that of the kubeconfig's context; with --from, `default`.")
  private @Nullable String namespace;

  @Option(
      names = "--from",
      paramLabel = "OUT",
      description = "Read the folder that `issue -o OUT` wrote, instead of a cluster.")
  private @Nullable Path from;

  @Option(names = "--overwrite", description = "Replace files that are there already.")
  private boolean overwrite;

  @Spec private @Nullable CommandSpec spec;

  /** The names of all consumers, for the help text. */
  static final class Consumers implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(ExportConsumer.values())
          .map(it -> it.id() + " (" + it.description() + ")")
          .iterator();
    }
  }

  /**
   * Uses the system's clock.
   *
   * @param clients makes a client of the cluster that KUBECONFIG names
   */
  public ExportCommand(Supplier<KubernetesClient> clients) {
    this(clients, Clock.systemUTC());
  }

  ExportCommand(Supplier<KubernetesClient> clients, Clock clock) {
    this.clients = clients;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec().commandLine().getErr();
    return CommandFailures.told(err, () -> export(err));
  }

  private void export(PrintWriter err) throws IOException {
    ExportConsumer wanted = ExportConsumer.parse(consumer);
    Identity identity = identity();
    if (identity.isExpired(clock.instant())) {
      err.println(
          "warning: "
              + identity.name()
              + " expired on "
              + identity.certificate().getNotAfter().toInstant()
              + ": its peers refuse it");
    }
    write(wanted, identity);
  }

  private Identity identity() throws IOException {
    if (from != null) {
      String in = namespace == null ? "default" : namespace;
      return new FolderSource(from).read(LeafName.parse(certificate, in));
    }
    try (KubernetesClient client = clients.get()) {
      String in = namespace == null ? client.getNamespace() : namespace;
      return new ClusterSource(client)
          .read(LeafName.parse(certificate, in == null ? "default" : in));
    }
  }

  private void write(ExportConsumer wanted, Identity identity) throws IOException {
    ExportFolder folder = new ExportFolder(output);
    Export export = wanted.export(identity, folder.path());
    List<String> existing = folder.existing(export.files().keySet());
    if (!existing.isEmpty() && !overwrite) {
      throw new UserError(
          folder.path()
              + " has "
              + String.join(", ", existing)
              + " already: name another folder, or replace them with --overwrite");
    }
    folder.write(export.files());
    PrintWriter out = spec().commandLine().getOut();
    export.files().keySet().forEach(name -> out.println("# " + folder.path().resolve(name)));
    export.lines().forEach(out::println);
    out.flush();
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not called through picocli");
    }
    return spec;
  }
}
