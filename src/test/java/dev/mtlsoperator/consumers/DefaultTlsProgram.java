package dev.mtlsoperator.consumers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** A Java program that knows of no file: its certificate is in the options of its JVM. */
final class DefaultTlsProgram {
  private DefaultTlsProgram() {}

  /** {@code serve PORT}, or {@code get URL}. */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("serve")) {
      serve(Integer.parseInt(arguments[1]));
    } else {
      get(URI.create(arguments[1]));
    }
  }

  /** The command that runs it, with the line that {@code export} printed. */
  static List<String> command(String line, String... arguments) {
    Path classes =
        Path.of(
            URI.create(
                DefaultTlsProgram.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toString()));
    List<String> command =
        new ArrayList<>(List.of(line.replace(" -jar PROGRAM", "").split(" ", -1)));
    command.set(0, Path.of(System.getProperty("java.home"), "bin", command.get(0)).toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classes.toString(),
            DefaultTlsProgram.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static void serve(int port) throws IOException, NoSuchAlgorithmException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(SSLContext.getDefault()) {
          @Override
          public void configure(HttpsParameters connection) {
            SSLParameters parameters = getSSLContext().getDefaultSSLParameters();
            parameters.setNeedClientAuth(true);
            connection.setSSLParameters(parameters);
          }
        });
    server.createContext("/", DefaultTlsProgram::welcome);
    server.start();
  }

  private static void welcome(HttpExchange exchange) throws IOException {
    byte[] answer = "welcome".getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private static void get(URI url) throws IOException {
    try (InputStream answer = url.toURL().openStream()) {
      answer.transferTo(System.out);
    }
    System.out.flush();
  }
}
