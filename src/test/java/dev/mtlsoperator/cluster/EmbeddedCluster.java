package dev.mtlsoperator.cluster;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A real Kubernetes API on the loopback address: kube-apiserver (with RBAC), etcd, and
 * kube-controller-manager with the garbage collector, namespace deletion and default
 * ServiceAccounts. There is no kubelet: pods do not run.
 *
 * <p>All files are in one temporary folder, which is removed by {@link #close}, when the JVM exits,
 * or after it is killed. Thread-safe.
 *
 * <p>Note that the garbage collector looks for new CustomResourceDefinitions only every 30 seconds;
 * until then nothing happens to the dependents of a deleted custom resource of a new kind.
 */
public final class EmbeddedCluster implements AutoCloseable {
  private static final String AUDIT_LOG = "audit.log";
  private static final String ETCD = "etcd";
  private static final String API_SERVER = "kube-apiserver";
  private static final String CONTROLLER_MANAGER = "kube-controller-manager";

  /** How long a server may take to answer: many times what it needs, for a busy machine. */
  private static final Duration START = Duration.ofSeconds(90);

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration TOKEN_LIFE = Duration.ofDays(1);
  private static final String ISSUER = "https://kubernetes.default.svc";

  private static @Nullable EmbeddedCluster shared;

  private final Binaries binaries;
  private final Ports ports;
  private final Path folder;
  private final Reaper reaper;
  private final Thread atJvmEnd = new Thread(this::release, "embedded-cluster-end");
  private final Map<String, LocalProcess> processes = new HashMap<>();
  private final AtomicInteger kubeconfigs = new AtomicInteger();
  private final SSLContext trust;
  private final Kubeconfig access;
  private final ClusterCertificates.Identity admin;
  private final Path kubeconfig;
  private final KubernetesClient client;
  private boolean closed;

  private EmbeddedCluster(Binaries binaries) throws IOException {
    this.binaries = binaries;
    ports = Ports.free();
    folder = Files.createTempDirectory("mtls-operator-cluster");
    reaper = new Reaper(folder);
    ClusterCertificates certificates = new ClusterCertificates();
    trust = trusting(certificates);
    access = new Kubeconfig("https://127.0.0.1:" + ports.apiServer(), certificates.caPem());
    admin = certificates.client("CN=admin,O=system:masters");
    kubeconfig = newKubeconfig(access.withCertificate(admin.certificate(), admin.sec1Key()));
    client = client(kubeconfig);
    ClusterCertificates.Identity server = certificates.server();
    ClusterCertificates.Identity controllers =
        // all rights for all controllers, instead of a ServiceAccount and a token for each of them
        certificates.client("CN=system:kube-controller-manager,O=system:masters");
    write("ca.crt", certificates.caPem());
    write("tls.crt", server.certificate());
    write("tls.key", server.sec1Key());
    write("audit-policy.yaml", AuditedRequest.POLICY);
    write("service-accounts.key", certificates.serviceAccountKeyPem());
    write(
        "controllers.kubeconfig",
        access.withCertificate(controllers.certificate(), controllers.sec1Key()));
  }

  /**
   * Starts a separate cluster and returns when it answers, after about four seconds. The first time
   * on a machine, {@code src/test/cluster/provision.sh} builds its programs, which takes minutes.
   *
   * @throws IllegalStateException when a program cannot be provisioned or does not come up, with
   *     the last lines of its output
   */
  public static EmbeddedCluster start() {
    Binaries binaries = Binaries.provision();
    try {
      EmbeddedCluster cluster = new EmbeddedCluster(binaries);
      Runtime.getRuntime().addShutdownHook(cluster.atJvmEnd);
      try {
        cluster.launch();
        return cluster;
      } catch (RuntimeException e) {
        cluster.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the embedded Kubernetes API", e);
    }
  }

  /**
   * The cluster of this JVM: started by the first caller, ended with the JVM; not to be closed.
   * Tests isolate themselves by {@link #namespace}.
   */
  public static synchronized EmbeddedCluster shared() {
    if (shared == null) {
      shared = start();
    }
    return shared;
  }

  /** The administrator's client, shared by all callers and closed with the cluster. */
  public KubernetesClient client() {
    return client;
  }

  /**
   * A new client with the identity of a kubeconfig file, to be closed by the caller. Like the
   * shared one it uses Vert.x and retries requests that failed with 429 or 5xx.
   */
  public KubernetesClient client(Path kubeconfig) {
    // Fabric8 assumes that a PKCS#8 key is RSA unless told otherwise
    ConfigBuilder config =
        new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile())).withClientKeyAlgo("EC");
    if (config.getAutoOAuthToken() == null) {
      // else, after a minute, Fabric8 parses the file for each request, in search of a token
      config.withOauthTokenProvider(() -> null);
    }
    return new KubernetesClientBuilder()
        .withConfig(config.build())
        .withHttpClientFactory(new VertxHttpClientFactory())
        .build();
  }

  /** A file with the administrator's access, by an EC client key in SEC1. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  /** The same access with the client key in PKCS#8: the form that Fabric8 assumes to be RSA. */
  public Path kubeconfigWithEcPkcs8Key() {
    return newKubeconfig(access.withCertificate(admin.certificate(), admin.pkcs8Key()));
  }

  /**
   * A new file with a fresh token of a ServiceAccount that exists, valid for a day.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException when there is no such
   *     ServiceAccount
   */
  public Path kubeconfigFor(String serviceAccountNamespace, String name) {
    TokenRequest request =
        new TokenRequestBuilder()
            .withNewSpec()
            .withExpirationSeconds(TOKEN_LIFE.toSeconds())
            .endSpec()
            .build();
    TokenRequest answer =
        client
            .serviceAccounts()
            .inNamespace(serviceAccountNamespace)
            .withName(name)
            .tokenRequest(request);
    return newKubeconfig(access.withToken(answer.getStatus().getToken()));
  }

  /** All requests that a ServiceAccount has made since the start, refused ones included. */
  public List<AuditedRequest> requestsOf(String serviceAccountNamespace, String name) {
    try {
      return AuditedRequest.read(
          folder.resolve(AUDIT_LOG),
          "system:serviceaccount:" + serviceAccountNamespace + ":" + name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder of kubectl and the other programs. */
  public Path programs() {
    return binaries.folder();
  }

  /** The real kubectl, as administrator. */
  public Kubectl kubectl() {
    return new Kubectl(binaries.kubectl(), kubeconfig, folder);
  }

  /**
   * Creates a namespace whose name is {@code prefix}, a hyphen and a random suffix; returns the
   * name.
   */
  public String namespace(String prefix) {
    return client
        .namespaces()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withGenerateName(prefix + "-")
                .endMetadata()
                .build())
        .create()
        .getMetadata()
        .getName();
  }

  /** The API server's counters at this moment. */
  public Metrics metrics() {
    return Metrics.parse(client.raw("/metrics"));
  }

  /** The running API server, for {@link Usage}; another one after {@link #startApiServer}. */
  public ProcessHandle apiServer() {
    return process(API_SERVER).handle();
  }

  /** The running etcd, for {@link Usage}. */
  public ProcessHandle etcd() {
    return process(ETCD).handle();
  }

  /** The running controller manager, for {@link Usage}. */
  public ProcessHandle controllerManager() {
    return process(CONTROLLER_MANAGER).handle();
  }

  /** Freezes the API server: connections stay open, requests get no response. */
  public void pause() {
    process(API_SERVER).signal("STOP");
  }

  /** Resumes a frozen API server. */
  public void resume() {
    process(API_SERVER).signal("CONT");
  }

  /**
   * Kills the API server as in a crash: open connections are cut, new ones refused. Confirmed
   * writes stay in etcd. (On SIGTERM it would keep watches open for up to a minute.)
   */
  public synchronized void stopApiServer() {
    process(API_SERVER).kill();
    processes.remove(API_SERVER);
  }

  /**
   * Starts the API server again, at the same address with the same data, and waits until it
   * answers.
   *
   * @param options such as {@code --runtime-config=…}
   */
  public synchronized void startApiServer(String... options) {
    if (processes.containsKey(API_SERVER)) {
      throw new IllegalStateException("the API server is running");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                binaries.apiServer(),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--secure-port=" + ports.apiServer(),
                // no client uses its Service, and a loopback address is not a valid endpoint
                "--endpoint-reconciler-type=none",
                "--etcd-servers=http://127.0.0.1:" + ports.etcd(),
                "--tls-cert-file=tls.crt",
                "--tls-private-key-file=tls.key",
                "--client-ca-file=ca.crt",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--service-account-issuer=" + ISSUER,
                "--service-account-key-file=service-accounts.key",
                "--service-account-signing-key-file=service-accounts.key",
                // audits requests with a ServiceAccount token, see requestsOf
                "--audit-policy-file=audit-policy.yaml",
                "--audit-log-path=" + AUDIT_LOG,
                // no kubelet mounts tokens into pods
                "--disable-admission-plugins=ServiceAccount"));
    command.addAll(List.of(options));
    launch(API_SERVER, command);
    awaitAnswer(API_SERVER, URI.create(access.server() + "/readyz"));
  }

  /** Kills etcd as in a crash; the API server stays. */
  public synchronized void stopEtcd() {
    process(ETCD).kill();
    processes.remove(ETCD);
  }

  /**
   * Starts etcd with its data and waits until it answers.
   *
   * @param options such as {@code --quota-backend-bytes=…}
   */
  public synchronized void startEtcd(String... options) {
    if (processes.containsKey(ETCD)) {
      throw new IllegalStateException("etcd is running");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                binaries.etcd(),
                "--data-dir=etcd-data",
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-client-urls=" + etcdUri(),
                "--advertise-client-urls=" + etcdUri(),
                "--listen-peer-urls=http://127.0.0.1:" + ports.etcdPeer(),
                "--initial-advertise-peer-urls=http://127.0.0.1:" + ports.etcdPeer(),
                "--initial-cluster=default=http://127.0.0.1:" + ports.etcdPeer()));
    command.addAll(List.of(options));
    launch(ETCD, command);
    awaitAnswer(ETCD, etcdUri().resolve("/health"));
  }

  /** Address of etcd's API, without TLS: gRPC, and JSON below {@code /v3/}. */
  public URI etcdUri() {
    return URI.create("http://127.0.0.1:" + ports.etcd());
  }

  /** Ends all processes and removes all files. A second call does nothing. */
  @Override
  public void close() {
    release();
    try {
      Runtime.getRuntime().removeShutdownHook(atJvmEnd);
    } catch (IllegalStateException e) {
      // the JVM is exiting: the hook finds nothing left to do
    }
  }

  private synchronized void launch() {
    startEtcd();
    startApiServer();
    // last: it gives up when it does not reach the API server within ten seconds
    launch(
        CONTROLLER_MANAGER,
        List.of(
            binaries.controllerManager(),
            "--kubeconfig=controllers.kubeconfig",
            "--controllers=namespace-controller,garbage-collector-controller,"
                + "serviceaccount-controller,serviceaccount-token-controller,"
                // without it, the roles view, edit and admin are empty
                + "clusterrole-aggregation-controller,"
                // without it, a quota counts nothing
                + "resourcequota-controller",
            "--leader-elect=false",
            "--secure-port=0",
            "--service-account-private-key-file=service-accounts.key",
            "--root-ca-file=ca.crt",
            "--kube-api-qps=500",
            "--kube-api-burst=1000"));
  }

  private void launch(String name, List<String> command) {
    processes.put(name, LocalProcess.start(name, folder, reaper, command));
  }

  private synchronized LocalProcess process(String name) {
    LocalProcess process = processes.get(name);
    if (process == null) {
      throw new IllegalStateException(name + " is not running");
    }
    return process;
  }

  private void awaitAnswer(String name, URI uri) {
    LocalProcess process = process(name);
    long deadline = System.nanoTime() + START.toNanos();
    while (!answers(uri)) {
      process.requireAlive();
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            name + " does not answer after " + START.toSeconds() + " s:\n" + process.tail());
      }
      try {
        Thread.sleep(POLL.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for " + name, e);
      }
    }
  }

  private boolean answers(URI uri) {
    try {
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
      if (connection instanceof HttpsURLConnection https) {
        https.setSSLSocketFactory(trust.getSocketFactory());
      }
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(2_000);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized void release() {
    if (closed) {
      return;
    }
    closed = true;
    client.close();
    // etcd last: the API server does not end without it; killed, since none of their data is kept
    Stream.of(CONTROLLER_MANAGER, API_SERVER, ETCD)
        .map(processes::remove)
        .forEach(
            process -> {
              if (process != null) {
                process.kill();
              }
            });
    delete(folder);
    reaper.close();
  }

  private Path newKubeconfig(String text) {
    return write(kubeconfigs.incrementAndGet() + ".kubeconfig", text);
  }

  private Path write(String name, String content) {
    return ClusterCertificates.write(folder.resolve(name), content);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }

  private static SSLContext trusting(ClusterCertificates certificates) throws IOException {
    try {
      KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
      anchors.load(null, null);
      anchors.setCertificateEntry("ca", certificates.ca());
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(anchors);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ports of the loopback address that were free a moment ago. */
  private record Ports(int etcd, int etcdPeer, int apiServer) {
    static Ports free() {
      return new Ports(FreePort.next(), FreePort.next(), FreePort.next());
    }
  }
}
