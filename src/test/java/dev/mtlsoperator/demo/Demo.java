package dev.mtlsoperator.demo;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.OperatorProcess;
import dev.mtlsoperator.operator.Settings;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.security.auth.x500.X500Principal;

/**
 * Shows the product at work on a real Kubernetes API. Its exit code is 0 only if all that it shows
 * came out as it must. With the system property {@code keep} it waits for Enter before it ends.
 */
public final class Demo {
  private static final String NAMESPACE = "default";
  private static final String STRANGER = "stranger";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(20);

  /** Of the names that answers are listed under. */
  private static final int WIDTH = 28;

  /** Answers to see before and after a renewal, so that it happens in the middle of traffic. */
  private static final int ENOUGH = 300;

  private final Narration narration = new Narration(System.out);
  private final Instant begin = Instant.now();
  private final EmbeddedCluster cluster;
  private final KubernetesClient client;

  private Demo(EmbeddedCluster cluster) {
    this.cluster = cluster;
    this.client = cluster.client();
  }

  /** Takes no arguments. */
  public static void main(String[] args) throws Exception {
    System.out.println(
        """

        mtls-operator: RootCA, ServerCert and ClientCert resources become mutual TLS at work.
        Starting a real Kubernetes API on this machine; the first time its programs are built, which takes minutes.""");
    int exitCode = show();
    // Maven's JVM: nothing of it shall be printed behind the summary
    System.out.flush();
    System.exit(exitCode);
  }

  /** Shows everything; 0 when all was as expected. */
  static int show() throws IOException, GeneralSecurityException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      return new Demo(cluster).run();
    }
  }

  private int run() throws IOException, GeneralSecurityException, InterruptedException {
    narration.step("A Kubernetes API: kube-apiserver, etcd, kube-controller-manager");
    kubectl("version");

    narration.step("It learns three kinds of resources");
    kubectl("apply", "-f", "crds/");
    cluster.kubectl().awaitKinds();

    narration.step("A CA, a server and two clients are asked for (plain YAML, in any order)");
    kubectl("apply", "-k", "examples/quickstart");
    narration.say("And a stranger makes a CA with the very same name, in a namespace of its own:");
    kubectl("create", "namespace", STRANGER);
    kubectl(
        "apply",
        "-n",
        STRANGER,
        "-f",
        "examples/quickstart/rootca.yaml",
        "-f",
        "examples/quickstart/clientcerts.yaml");

    narration.step("The operator starts and issues what is asked for");
    narration.say("its log: " + Path.of(System.getProperty("demo.log", "the console")));
    try (OperatorProcess operator =
        OperatorProcess.start(
            client,
            new ApiTraffic(),
            new Settings(
                Set.of(),
                Settings.DEFAULT_NAMESPACE,
                0,
                OptionalInt.empty(),
                Optional.empty(),
                Settings.LeaderElection.OFF,
                Settings.Series.EACH_CA,
                Settings.Restarts.OFF),
            Clock.systemUTC())) {
      narration.say(
          "its health and metrics: http://127.0.0.1:" + operator.managementPort() + "/metrics");
      kubectl("wait", "--for=condition=Ready", "--timeout=60s", "mtls", "--all");
      kubectl(
          "wait", "-n", STRANGER, "--for=condition=Ready", "--timeout=60s", "clientcert/client");
      kubectl("get", "mtls");
      kubectl("get", "secrets,configmaps");

      narration.step(
          "A gateway serves with the Secret \"server\" as it is, and asks for client certificates");
      try (Gateway gateway = new Gateway(client, NAMESPACE, "server")) {
        narration.say("https://gateway.example.org:" + gateway.port() + " (on this machine only)");
        if (narration.unmet().isEmpty()) {
          requests(gateway);
          renewal(gateway);
        }
        summary();
        keep(gateway);
      }
    }
    return narration.unmet().isEmpty() ? 0 : 1;
  }

  private void requests(Gateway gateway)
      throws IOException, GeneralSecurityException, InterruptedException {
    narration.step("Who may come in");
    TlsSecret own = secret(NAMESPACE, "client");
    welcomed("client", own.context(), gateway);
    welcomed("client2", secret(NAMESPACE, "client2").context(), gateway);
    refused("no certificate", own.anonymousContext(), gateway, "Empty client certificate chain");
    refused(
        "the server's own certificate",
        secret(NAMESPACE, "server").context(),
        gateway,
        "Extended key usage does not permit use for TLS client authentication");
    TlsSecret stranger = secret(STRANGER, "client");
    refused(
        "the stranger's client",
        stranger.contextTrusting(own),
        gateway,
        "Path does not chain with any of the trust anchors");
    X500Principal issuer = stranger.certificate().getIssuerX500Principal();
    narration.say(" ".repeat(WIDTH + 3) + "(although its CA is called " + issuer + ", too)");
    narration.expect(
        "the stranger's CA has the same name",
        issuer.equals(own.certificate().getIssuerX500Principal()));
  }

  private void welcomed(String who, SSLContext tls, Gateway gateway) throws IOException {
    try (Caller caller = new Caller(tls, gateway.port())) {
      Caller.Answer answer = caller.call();
      line(who, answer.result() + ", \"" + answer.detail() + "\"");
      narration.expect(
          who + ": HTTP 200 with its name",
          answer.result().equals("200") && answer.detail().equals("welcome, CN=" + who));
    }
  }

  private void refused(String who, SSLContext tls, Gateway gateway, String reason)
      throws IOException, InterruptedException {
    try (Caller caller = new Caller(tls, gateway.port())) {
      Caller.Answer answer = caller.call();
      String logged = gateway.refusal();
      line(who, answer.result() + ", TLS says \"" + answer.detail() + "\"");
      narration.say(" ".repeat(WIDTH + 3) + "(the gateway's reason: " + logged + ")");
      narration.expect(
          who + ": refused by a TLS alert, as \"" + reason + "\"",
          answer.result().equals("refused")
              && answer.detail().contains("alert")
              && logged.contains(reason));
    }
  }

  private void renewal(Gateway gateway)
      throws IOException, GeneralSecurityException, InterruptedException {
    narration.step(
        "The server's certificate is renewed while requests go on, each on a new connection");
    BigInteger before = secret(NAMESPACE, "server").certificate().getSerialNumber();
    try (Caller caller = new Caller(secret(NAMESPACE, "client").context(), gateway.port());
        Traffic traffic = new Traffic(caller)) {
      narration.expect(
          ENOUGH + " requests answered before the renewal",
          traffic.await(before, ENOUGH, PATIENCE));
      kubectl("annotate", "servercert", "server", "mtls-operator.dev/renew=" + Instant.now());
      BigInteger after = awaitOther(before);
      boolean seen = traffic.await(after, ENOUGH, PATIENCE);
      traffic.end();
      line("serial before", before.toString(16) + ", " + traffic.answered(before) + " answers");
      line("serial after", after.toString(16) + ", " + traffic.answered(after) + " answers");
      line("requests made", Integer.toString(traffic.made()));
      line("requests failed", Integer.toString(traffic.failures().size()));
      traffic.failures().stream().limit(3).forEach(failure -> narration.say(failure.toString()));
      narration.expect(
          "a new serial number is served, with no request lost",
          seen && !after.equals(before) && traffic.failures().isEmpty());
    }
  }

  /** The serial number in the Secret as soon as it is another one; the same when it stays. */
  private BigInteger awaitOther(BigInteger before)
      throws GeneralSecurityException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    BigInteger now = before;
    while (now.equals(before) && System.nanoTime() - deadline < 0) {
      Thread.sleep(POLL.toMillis());
      now = secret(NAMESPACE, "server").certificate().getSerialNumber();
    }
    return now;
  }

  private void summary() {
    System.out.println();
    List<String> unmet = narration.unmet();
    long seconds = Duration.between(begin, Instant.now()).toSeconds();
    if (unmet.isEmpty()) {
      System.out.println("All as expected, in " + seconds + " s.");
    } else {
      System.out.println("Not as expected, after " + seconds + " s:");
      unmet.forEach(what -> System.out.println("- " + what));
    }
  }

  private void keep(Gateway gateway) throws IOException {
    if (System.getProperty("keep", "").isEmpty()) {
      return;
    }
    System.out.println(
        """

        It stays. In another shell:
           export KUBECONFIG=%s PATH=%s:$PATH
           kubectl get mtls -A
           kubectl explain servercert.spec
           kubectl get secret client -o go-template='{{index .data "tls.crt" | base64decode}}' > client.crt
           kubectl get secret client -o go-template='{{index .data "tls.key" | base64decode}}' > client.key
           kubectl get secret client -o go-template='{{index .data "ca.crt" | base64decode}}' > root.crt
           curl --resolve gateway.example.org:%d:127.0.0.1 --cacert root.crt --cert client.crt --key client.key https://gateway.example.org:%d
        Enter or Ctrl-C ends it."""
            .formatted(cluster.kubeconfig(), cluster.programs(), gateway.port(), gateway.port()));
    if (System.in.read() < 0) {
      // no terminal: until a signal comes
      cluster.apiServer().onExit().join();
    }
  }

  private TlsSecret secret(String namespace, String name) {
    return new TlsSecret(client.secrets().inNamespace(namespace).withName(name).require());
  }

  private void kubectl(String... args) {
    String command = "kubectl " + String.join(" ", args);
    narration.say("$ " + command);
    KubectlResult result = cluster.kubectl().run(args);
    narration.say(result.stdout() + result.stderr());
    narration.expect(command + ": exit code 0", result.exitCode() == 0);
  }

  private void line(String left, String right) {
    narration.say(left + " ".repeat(Math.max(0, WIDTH - left.length())) + " : " + right);
  }
}
