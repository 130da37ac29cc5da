package dev.mtlsoperator.harness;

import dev.mtlsoperator.consumers.Consumer;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/** A TLS peer that runs a server and a client in Go, each with its own folder. */
public final class GoPeer implements AutoCloseable {
  private final Process server;
  private final Process client;
  private final BufferedReader answers;
  private final BufferedWriter calls;
  private final int port;

  public GoPeer(Consumer program, Path ofServer, Path ofClient) throws IOException {
    server = start(program, "serve", ofServer);
    client = start(program, "dial", ofClient);
    port = Integer.parseInt(server.inputReader().readLine());
    answers = client.inputReader();
    calls = client.outputWriter();
  }

  private static Process start(Consumer program, String what, Path folder) throws IOException {
    return new ProcessBuilder(program.program().toString(), what, folder.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The client connects to the server. */
  public void callItself(String host) throws IOException {
    call(port, host);
  }

  /** The client connects to a port of this machine. */
  public void call(int toPort, String host) throws IOException {
    calls.write("127.0.0.1:" + toPort + " " + host + "\n");
    calls.flush();
    String answer = answers.readLine();
    if (!"ok".equals(answer)) {
      throw new IOException("Go's client says: " + answer);
    }
  }

  /** The server answers a client in this JVM. */
  public void answer(SSLContext client, String host) throws IOException {
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Handshakes.call(raw, client, host);
    }
  }

  @Override
  public void close() {
    server.destroy();
    client.destroy();
  }
}
