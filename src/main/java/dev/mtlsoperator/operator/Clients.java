package dev.mtlsoperator.operator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
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
  private static final List<Class<? extends KubernetesResource>> KINDS =
      List.of(RootCA.class, ServerCert.class, ClientCert.class);

  /**
   * Three seconds in all: then the reconciliation is tried again, without a thread that waits. The
   * library's ten last for two minutes, and eight such threads are all there are.
   */
  private static final int TRIES_AGAIN = 5;

  private Clients() {}

  /** A client as the surroundings say. */
  public static KubernetesClient create() {
    return create(new ApiTraffic());
  }

  /** A client as the surroundings say, whose traffic is looked at. */
  public static KubernetesClient create(ApiTraffic traffic) {
    return create(Config.autoConfigure(null), traffic);
  }

  /** A client for that configuration. */
  public static KubernetesClient create(Config config) {
    return create(config, new ApiTraffic());
  }

  /** A client for that configuration, whose traffic is looked at. */
  public static KubernetesClient create(Config config, ApiTraffic traffic) {
    // buffers that are used again would keep what they held last: keys among it
    JsonFactory json =
        JsonFactory.builder().recyclerPool(JsonRecyclerPools.nonRecyclingPool()).build();
    ObjectMapper mapper = new ObjectMapper(json);
    KubernetesSerialization serialization = new KubernetesSerialization(mapper, true);
    // after the modules of the library, whose numbers end with an exception
    mapper.registerModule(new SaturatingNumbers());
    // what is not known beforehand is read twice: as a tree, then as the type
    KINDS.forEach(serialization::registerKubernetesResource);
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(withKeyAlgorithm(config))
                .withRequestRetryBackoffLimit(TRIES_AGAIN)
                .build())
        .withKubernetesSerialization(serialization)
        .withHttpClientFactory(new VertxHttpClientFactory())
        .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("traffic", traffic))
        .build();
  }

  // fabric8io/kubernetes-client takes every client key in PKCS#8 for an RSA key; k3s writes EC ones
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
      // the client itself will say what is wrong with it
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
