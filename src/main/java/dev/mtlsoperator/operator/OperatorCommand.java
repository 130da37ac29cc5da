package dev.mtlsoperator.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mtls-operator operator}: runs until SIGTERM. */
@Command(
    name = "operator",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs the operator: RootCA, ServerCert and ClientCert resources become Secrets.",
      "",
      "It finds the API server by KUBECONFIG, or by its ServiceAccount inside a pod."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kubectl apply -f crds/                           the three kinds, once",
      "  KUBECONFIG=~/.kube/config mtls-operator operator",
      "  mtls-operator operator --namespaces shop,bank",
      "                                                   only these, with Roles only",
      "  curl localhost:8080/readyz                       is it in sync?",
      "",
      "Exit codes: 0 stopped by a signal, 1 could not run, 2 wrong options."
    })
public final class OperatorCommand implements Callable<Integer> {
  private static final Path POD_NAMESPACE =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount/namespace");
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern URL =
      Pattern.compile(
          "https?://([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+])"
              + "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
              + "(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*");
  private static final int LONGEST_URL = 256;
  private static final int HIGHEST_PORT = 65_535;

  @Option(
      names = "--namespaces",
      split = ",",
      paramLabel = "NAME",
      description = "Namespaces to watch, separated by commas. Default: all.")
  private List<String> namespaces = List.of();

  @Option(
      names = "--operator-namespace",
      paramLabel = "NAME",
      description = {
        "Where the key of the CAs' seals is kept; created when missing.",
        "Default: the pod's own, outside a pod '" + Settings.DEFAULT_NAMESPACE + "'."
      })
  private @Nullable String operatorNamespace;

  @Option(
      names = "--management-port",
      paramLabel = "PORT",
      description =
          "For /livez, /readyz and /metrics; 0: any free one. Default: "
              + Settings.DEFAULT_MANAGEMENT_PORT
              + ".")
  private int managementPort = Settings.DEFAULT_MANAGEMENT_PORT;

  @Option(
      names = "--crl-port",
      paramLabel = "PORT",
      description = {
        "For verifiers that fetch the CRLs of RootCAs with spec.revocation, as",
        "/<namespace>/<name>/<generation>.crl, or ask by OCSP, at /ocsp; 0: any free one.",
        "Default: they are not served."
      })
  private @Nullable Integer crlPort;

  @Option(
      names = "--crl-url",
      paramLabel = "URL",
      description = {
        "The URL under which verifiers reach --crl-port. Certificates of RootCAs with",
        "spec.revocation.ocsp name <URL>/ocsp. Default: they name none."
      })
  private @Nullable String crlUrl;

  @Option(
      names = "--leader-election",
      description = {
        "Of several operators with this option, only one works: the holder of the Lease '"
            + Leadership.LEASE
            + "' in",
        "the operator's namespace. Another one takes over within two seconds of its end, or 15 of",
        "its death."
      })
  private boolean leaderElection;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "text for people, json (one object a line) for machines. Default: text.")
  private LogFormat logFormat = LogFormat.text;

  @Option(
      names = "--metrics-per-certificate",
      description =
          "Adds the expiry of each single certificate to /metrics. Default: by CA and kind.")
  private boolean metricsPerCertificate;

  @Option(
      names = "--rollout-restart",
      description = {
        "Restarts the workloads that spec.rolloutRestart of a certificate names and that agree, when",
        "its Secret has new content. Needs the rights to get and patch them."
      })
  private boolean rolloutRestart;

  @Spec private @Nullable CommandSpec spec;

  /** Format of the logs; the constants are the option's values. */
  enum LogFormat {
    text,
    json
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings = settings();
    // read by the logging configuration, which is loaded with the first logger, after this line
    System.setProperty("mtls-operator.log-format", logFormat.name());
    ApiTraffic traffic = new ApiTraffic();
    try (KubernetesClient client = Clients.create(traffic)) {
      return run(client, traffic, settings);
    } catch (KubernetesClientException e) {
      return fail("the kubeconfig cannot be used: " + e.getMessage());
    }
  }

  private int run(KubernetesClient client, ApiTraffic traffic, Settings settings)
      throws InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    try (OperatorProcess process =
        OperatorProcess.start(client, traffic, settings, Clock.systemUTC())) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(stop, stopped), "stop"));
      process.runUntil(stop);
    } catch (IOException
        | KubernetesClientException
        | OperatorException
        | IllegalStateException e) {
      return fail(StartFailure.explain(e, client.getMasterUrl()));
    } finally {
      stopped.countDown();
    }
    return ExitCode.OK;
  }

  /** What the options say. */
  Settings settings() {
    for (String namespace : namespaces) {
      requireNamespace("--namespaces", namespace);
    }
    String own = operatorNamespace == null ? podNamespace() : operatorNamespace;
    requireNamespace("--operator-namespace", own);
    requirePort("--management-port", managementPort);
    OptionalInt crls = crlPort == null ? OptionalInt.empty() : OptionalInt.of(crlPort);
    crls.ifPresent(port -> requirePort("--crl-port", port));
    return new Settings(
        Set.copyOf(namespaces),
        own,
        managementPort,
        crls,
        url(crls),
        leaderElection ? Settings.LeaderElection.LEASE : Settings.LeaderElection.OFF,
        metricsPerCertificate ? Settings.Series.EACH_CERTIFICATE : Settings.Series.EACH_CA,
        rolloutRestart ? Settings.Restarts.ON : Settings.Restarts.OFF);
  }

  private Optional<String> url(OptionalInt port) {
    if (crlUrl == null) {
      return Optional.empty();
    }
    if (port.isEmpty()) {
      throw wrong("--crl-url needs --crl-port, on which is served what the URL leads to");
    }
    String url = crlUrl.replaceFirst("/$", "");
    if (url.length() > LONGEST_URL || !URL.matcher(url).matches()) {
      throw wrong(
          "--crl-url: '"
              + crlUrl
              + "' cannot be written into certificates: use http or https, a host, and a port and path where needed, of at most "
              + LONGEST_URL
              + " characters in ASCII, such as http://crl.example.com");
    }
    return Optional.of(url);
  }

  private void requirePort(String option, int port) {
    if (port < 0 || port > HIGHEST_PORT) {
      throw wrong(option + ": " + port + " is not a port: use 0 to " + HIGHEST_PORT);
    }
  }

  private void requireNamespace(String option, String name) {
    if (!NAMESPACE.matcher(name).matches()) {
      throw wrong(
          option
              + ": '"
              + name
              + "' is not the name of a namespace: use lower-case letters, digits and '-'");
    }
  }

  private ParameterException wrong(String message) {
    if (spec == null) {
      throw new IllegalStateException("not called through picocli");
    }
    return new ParameterException(spec.commandLine(), message);
  }

  private static String podNamespace() {
    try {
      return Files.exists(POD_NAMESPACE)
          ? Files.readString(POD_NAMESPACE).trim()
          : Settings.DEFAULT_NAMESPACE;
    } catch (IOException e) {
      return Settings.DEFAULT_NAMESPACE;
    }
  }

  // the JVM exits only after the operator has stopped
  private static void awaitEnd(CountDownLatch stop, CountDownLatch stopped) {
    stop.countDown();
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int fail(String message) {
    if (spec == null) {
      throw new IllegalStateException("not called through picocli");
    }
    spec.commandLine().getErr().println("mtls-operator: " + message);
    return ExitCode.SOFTWARE;
  }
}
