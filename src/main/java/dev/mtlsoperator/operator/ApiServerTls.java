package dev.mtlsoperator.operator;

import io.fabric8.kubernetes.client.vertx.VertxHttpClientBuilder;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.spi.tls.SslContextFactory;
import io.vertx.ext.web.client.WebClientOptions;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS to the API server: by BoringSSL, which comes with the program as a native library, or by the
 * JDK where that library cannot be loaded (another processor or C library, no folder from which
 * programs may run). Certificates are verified by the JDK in both cases.
 *
 * <p>The JDK's AES-GCM is fast only with the C2 compiler, which the image does without. Netty's
 * system property {@code io.netty.handler.ssl.noOpenSsl=true} selects the JDK.
 */
final class ApiServerTls extends VertxHttpClientFactory {
  private static final Logger LOG = LoggerFactory.getLogger(ApiServerTls.class);

  /** How many arenas Netty takes its direct buffers from. */
  private static final String ARENAS = "io.netty.allocator.numDirectArenas";

  private final Optional<Throwable> obstacle;
  private Optional<SslContext> boringSsl = Optional.empty();

  /** With BoringSSL if its library can be loaded. */
  ApiServerTls() {
    this(unpooled());
  }

  /**
   * With BoringSSL, or with the JDK.
   *
   * @param obstacle why BoringSSL cannot be used; null: it can
   */
  ApiServerTls(@Nullable Throwable obstacle) {
    this.obstacle = Optional.ofNullable(obstacle);
  }

  // pooled buffers would retain their last content, which includes private keys; Netty reads the
  // property once, before its first buffer
  private static @Nullable Throwable unpooled() {
    if (System.getProperty(ARENAS) == null) {
      System.setProperty(ARENAS, "0");
    }
    return OpenSsl.unavailabilityCause();
  }

  @Override
  public VertxHttpClientBuilder<VertxHttpClientFactory> newBuilder() {
    return new Builder(this);
  }

  @Override
  protected void additionalConfig(WebClientOptions options) {
    boringSsl.ifPresent(context -> options.setSsl(true).setSslEngineOptions(new Engine(context)));
  }

  /** Takes the managers of keys and trust before the JDK's context is made of them. */
  private static final class Builder extends VertxHttpClientBuilder<VertxHttpClientFactory> {
    private final ApiServerTls tls;

    Builder(ApiServerTls tls) {
      super(tls, null);
      this.tls = tls;
    }

    @Override
    public VertxHttpClientBuilder<VertxHttpClientFactory> sslContext(
        KeyManager @Nullable [] keys, TrustManager @Nullable [] trust) {
      tls.boringSsl = tls.context(keys, trust);
      if (tls.boringSsl.isEmpty()) {
        return super.sslContext(keys, trust);
      }
      return this;
    }
  }

  private Optional<SslContext> context(
      KeyManager @Nullable [] keys, TrustManager @Nullable [] trust) {
    if (obstacle.isPresent()) {
      LOG.atInfo().log(
          "TLS to the API server is the JDK's, which takes more CPU time: BoringSSL cannot be loaded: {}",
          rootOf(obstacle.get()));
      return Optional.empty();
    }
    try {
      SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.OPENSSL);
      all(keys).findFirst().ifPresent(builder::keyManager);
      all(trust).findFirst().ifPresent(builder::trustManager);
      SslContext context = builder.build();
      LOG.atDebug().log("TLS to the API server by {}", OpenSsl.versionString());
      return Optional.of(context);
    } catch (SSLException e) {
      LOG.atInfo().log(
          "TLS to the API server is the JDK's, which takes more CPU time: BoringSSL cannot be used: {}",
          rootOf(e));
      return Optional.empty();
    }
  }

  private static <T> Stream<T> all(T @Nullable [] some) {
    return some == null ? Stream.of() : Arrays.stream(some);
  }

  private static String rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }

  /** Makes each connection's engine from one context. */
  private static final class Engine extends OpenSSLEngineOptions {
    private final SslContext context;

    Engine(SslContext context) {
      this.context = context;
    }

    @Override
    public OpenSSLEngineOptions copy() {
      return this;
    }

    @Override
    public SslContextFactory sslContextFactory() {
      return () -> context;
    }
  }
}
