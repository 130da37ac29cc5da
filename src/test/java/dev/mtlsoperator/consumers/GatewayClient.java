package dev.mtlsoperator.consumers;

import dev.mtlsoperator.harness.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Sends requests to a gateway, each on a new connection that resumes no session. */
public final class GatewayClient {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final int LONGEST_ANSWER = 2_000;
  private static final String OK = "HTTP/1.1 200 ";

  /** The JDK resumes sessions with the same host and port. */
  private static final AtomicInteger NEVER_THE_SAME = new AtomicInteger();

  /**
   * How gateways that end the handshake refuse a revoked one, and what becomes of an alert with TLS
   * 1.3 if the client is still sending.
   */
  public static final String REFUSED =
      "(?is).*(certificate.revoked|unknown.ca|reset|broken pipe).*";

  private GatewayClient() {}

  /** Why a request is refused; empty: it is not. */
  public static Optional<String> refusal(int port, TlsFiles client, String host) {
    try {
      request(port, client.context(), host);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sends one request of a client that is revoked.
   *
   * @param refused how it must be refused, as a regular expression
   * @throws IOException if it is not, or in another way
   */
  public static void requireRefused(int port, TlsFiles revoked, String host, String refused)
      throws IOException {
    String why =
        refusal(port, revoked, host).orElseThrow(() -> new IOException("the revoked one came in"));
    if (!why.matches(refused)) {
      throw new IOException(why);
    }
  }

  /**
   * Sends one request.
   *
   * @return the certificate that the gateway serves with
   * @throws IOException if the answer is not 200; the message holds the alert, or the page
   */
  public static X509Certificate request(int port, SSLContext context, String host)
      throws IOException {
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), port)) {
      raw.setSoTimeout(PATIENCE_MILLIS);
      int unique = 1 + NEVER_THE_SAME.incrementAndGet() % 65_535;
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(raw, host, unique, true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket
            .getOutputStream()
            .write(
                ("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        // with TLS 1.3, a client learns of a refusal only here
        String status = read(socket, OK.length());
        if (!status.equals(OK)) {
          throw new IOException("not 200: " + status + read(socket, LONGEST_ANSWER));
        }
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    }
  }

  private static String read(Socket socket, int most) throws IOException {
    return new String(socket.getInputStream().readNBytes(most), StandardCharsets.US_ASCII);
  }
}
