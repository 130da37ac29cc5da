package dev.mtlsoperator.operator.http;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Requests exactly as given, on sockets: no HTTP client sends what is hostile. */
final class RawHttp {
  private static final int PATIENCE = 5_000;

  private RawHttp() {}

  /**
   * A response.
   *
   * @param headers by their names in lower case
   */
  record Response(int code, Map<String, String> headers, Buffer body) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    private static Response parse(byte[] all) {
      String text = new String(all, StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      String[] head = text.substring(0, end).split("\r\n", -1);
      return new Response(
          Integer.parseInt(head[0].split(" ", 3)[1]),
          Arrays.stream(head)
              .skip(1)
              .map(line -> line.split(": ", 2))
              .collect(Collectors.toMap(it -> it[0].toLowerCase(Locale.ROOT), it -> it[1])),
          Buffer.buffer(Arrays.copyOfRange(all, end + 4, all.length)));
    }
  }

  /** Sends a request without a body, with more header lines. */
  static Response ask(int port, String method, String path, String... headers) throws IOException {
    return send(port, head(method, path, headers), new byte[0]);
  }

  /** Sends a body. */
  static Response post(int port, String path, byte[] body, String... headers) throws IOException {
    return send(
        port,
        head("POST", path, headers)
            .replace("\r\n\r\n", "\r\nContent-Length: " + body.length + "\r\n\r\n"),
        body);
  }

  private static String head(String method, String path, String... headers) {
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\n"
        + Arrays.stream(headers).map(line -> line + "\r\n").collect(Collectors.joining())
        + "\r\n";
  }

  private static Response send(int port, String head, byte[] body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      return Response.parse(socket.getInputStream().readAllBytes());
    }
  }
}
