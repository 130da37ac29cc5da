package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A web application of Spring Boot that greets its clients by their certificates. */
final class SpringBootApp {
  private SpringBootApp() {}

  /** The application, or the end of the test. */
  static Path provision() {
    return Consumer.provision(
            "src/test/consumers/provision-spring-boot.sh", "mvn", "apt-get install maven")
        .program();
  }

  static Cell version() throws IOException {
    return Cell.fixed(
        Files.readString(Path.of("src/test/consumers/spring-boot/pom.xml"))
            .replaceFirst("(?s).*<version>([^<]*)</version>\\s*<relativePath/>.*", "$1"));
  }

  /**
   * Starts it on a free port of the loopback address; it answers when this returns.
   *
   * @param folder for its configuration and logs
   * @param properties all that it is told beside its address
   */
  static GatewayProcess start(Path folder, String properties)
      throws IOException, InterruptedException {
    Path jar = provision();
    int port = FreePort.next();
    Path configuration = Files.writeString(folder.resolve("application.properties"), properties);
    return GatewayProcess.start(
        folder,
        port,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-jar",
        jar.toString(),
        "--spring.config.location=file:" + configuration,
        "--server.address=127.0.0.1",
        "--server.port=" + port);
  }
}
