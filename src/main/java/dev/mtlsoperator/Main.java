package dev.mtlsoperator;

import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.cli.export.ExportCommand;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import dev.mtlsoperator.operator.OperatorCommand;
import org.slf4j.helpers.NOP_FallbackServiceProvider;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The program: one jar, the operator and the offline tools. */
@Command(
    name = "mtls-operator",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Mutual TLS certificates on Kubernetes, and without it.",
    subcommands = {OperatorCommand.class, IssueCommand.class, HelpCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  mtls-operator operator                           run the operator",
      "  mtls-operator issue -f examples/quickstart -o certificates",
      "  mtls-operator export servercert/web --for nginx -o /etc/nginx/mtls",
      "  mtls-operator help issue                         what it does, and how",
    })
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length == 0 || !args[0].equals("operator")) {
      // set before the first logger: what libraries log is of no use to these commands, and setting
      // logging up from its configuration takes as long as --help
      System.setProperty("slf4j.provider", NOP_FallbackServiceProvider.class.getName());
      System.setProperty("slf4j.internal.verbosity", "WARN");
    }
    System.exit(commandLine().execute(args));
  }

  /** The command line, as {@link #main} runs it. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .addSubcommand(new ExportCommand(() -> Clients.create(new ApiTraffic())));
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"mtls-operator " + (version == null ? "(from class files)" : version)};
    }
  }
}
