package dev.mtlsoperator.operator.http;

import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The limits of each port, see {@link BoundedHttpServer}. */
final class HttpLimits {
  /** For a client that does not read. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** Bytes; an ordinary request has 200. */
  private static final int LONGEST_LINE = 1024;

  /** Bytes; an OCSP request has 100. */
  static final int LONGEST_BODY = 4 * 1024;

  private static final int LONGEST_HEADERS = 8 * 1024;
  private static final int SEND_BUFFER = 64 * 1024;

  /** Connections that the kernel queues until they are accepted. */
  private static final int BACKLOG = 1024;

  private HttpLimits() {}

  static VertxOptions ofVertx() {
    return new VertxOptions()
        .setEventLoopPoolSize(1)
        .setWorkerPoolSize(1)
        .setInternalBlockingPoolSize(1)
        .setUseDaemonThread(true)
        // nothing blocks it, and a process that was suspended for a while is not at fault
        .setBlockedThreadCheckInterval(TimeUnit.DAYS.toMillis(1))
        .setFileSystemOptions(
            new FileSystemOptions()
                .setFileCachingEnabled(false)
                .setClassPathResolvingEnabled(false));
  }

  static HttpServerOptions ofServer(int port) {
    return new HttpServerOptions()
        .setPort(port)
        .setAcceptBacklog(BACKLOG)
        // otherwise the kernel buffers megabytes for each client that does not read
        .setSendBufferSize(SEND_BUFFER)
        .setHttp2ClearTextEnabled(false)
        .setMaxInitialLineLength(LONGEST_LINE)
        .setMaxHeaderSize(LONGEST_HEADERS)
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setWriteIdleTimeout(Math.toIntExact(LONGEST_PAUSE.toMillis()));
  }
}
