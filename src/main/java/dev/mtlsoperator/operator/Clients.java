package dev.mtlsoperator.operator;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Clients of the Kubernetes API, from {@code KUBECONFIG} or from inside a pod. */
public final class Clients {
  /**
   * The kinds that are read, with what a watch tells of its own end. One that is not here is parsed
   * twice: as a tree, then as its type. The library would look for all that are on the class path,
   * which loads the 600 classes of its model.
   */
  private static final List<Class<? extends KubernetesResource>> KINDS =
      List.of(
          RootCA.class,
          ServerCert.class,
          ClientCert.class,
          Secret.class,
          ConfigMap.class,
          Namespace.class,
          Lease.class,
          Event.class,
          Status.class);

  /**
   * Retries of a request, three seconds in all; then JOSDK retries the reconciliation, which blocks
   * no thread. The library's default of ten retries would block one of eight threads for two
   * minutes.
   */
  private static final int RETRIES = 5;

  /**
   * Field managers are larger than all the rest of a resource, and nothing here reads them. An
   * update without them leaves those of the API server as they are.
   */
  @JsonIgnoreProperties("managedFields")
  private interface WithoutFieldManagers {}

  private Clients() {}

  /**
   * A client configured by {@code KUBECONFIG} or the pod's ServiceAccount; {@code traffic} observes
   * it.
   */
  public static KubernetesClient create(ApiTraffic traffic) {
    return create(Config.autoConfigure(null), traffic);
  }

  /** A client with that configuration; {@code traffic} observes it. */
  public static KubernetesClient create(Config config, ApiTraffic traffic) {
    // pooled buffers would retain their last content, which includes private keys
    JsonFactory json =
        JsonFactory.builder().recyclerPool(JsonRecyclerPools.nonRecyclingPool()).build();
    ObjectMapper mapper = new ObjectMapper(json);
    KubernetesSerialization serialization = new KubernetesSerialization(mapper, false);
    // after the library's own modules, which throw on numbers out of range
    mapper.registerModule(new SaturatingNumbers());
    mapper.addMixIn(ObjectMeta.class, WithoutFieldManagers.class);
    KINDS.forEach(serialization::registerKubernetesResource);
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(withoutNeedlessRefresh(withKeyAlgorithm(config)))
                .withRequestRetryBackoffLimit(RETRIES)
                .build())
        .withKubernetesSerialization(serialization)
        .withHttpClientFactory(new ApiServerTls())
        .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("traffic", traffic))
        .build();
  }

  /**
   * The library looks for a newer token once a minute is over, and until it finds one it parses the
   * kubeconfig anew for each request. A kubeconfig with a client certificate and no token is
   * therefore read once: a token that it is given later needs a restart.
   */
  static Config withoutNeedlessRefresh(Config config) {
    boolean certificateAlone =
        (config.getClientCertData() != null || config.getClientCertFile() != null)
            && config.getOauthToken() == null
            && config.getAutoOAuthToken() == null
            && config.getOauthTokenProvider() == null
            && config.getAuthProvider() == null;
    return certificateAlone
        ? new ConfigBuilder(config).withOauthTokenProvider(() -> null).build()
        : config;
  }

  // kubernetes-client assumes that each client key in PKCS#8 is an RSA key; k3s writes EC keys
  static Config withKeyAlgorithm(Config config) {
    return clientCertificateAlgorithm(config)
        .map(algorithm -> new ConfigBuilder(config).withClientKeyAlgo(algorithm).build())
        .orElse(config);
  }

  private static Optional<String> clientCertificateAlgorithm(Config config) {
    try (InputStream certificate = clientCertificate(config)) {
      return certificate.available() == 0
          ? Optional.empty()
          : Optional.of(
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(certificate)
                  .getPublicKey()
                  .getAlgorithm());
    } catch (IOException | CertificateException | IllegalArgumentException e) {
      // the client reports what is wrong with it
      return Optional.empty();
    }
  }

  private static InputStream clientCertificate(Config config) throws IOException {
    if (config.getClientCertData() != null) {
      return new ByteArrayInputStream(Base64.getDecoder().decode(config.getClientCertData()));
    }
    return config.getClientCertFile() == null
        ? InputStream.nullInputStream()
        : Files.newInputStream(Path.of(config.getClientCertFile()));
  }
}
