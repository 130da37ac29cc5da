package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.cli.export.ExportRun;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code docs/peers.md}: its resources are issued, and give what the page says of them. */
@Tag("once")
final class PeersPageTest {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  /** Types of subject alternative names, as {@link X509Certificate} numbers them. */
  private static final int DNS = 2;

  private static final int URI = 6;

  /** A file of the volume with the Secret. */
  private static final Pattern FILE = Pattern.compile("/tls/([a-z0-9.-]+[a-z0-9])");

  /** The files of {@code issue} by the key of a Secret; {@code %s}: server or client. */
  private static final Map<String, String> ISSUED =
      Map.of(
          "tls.crt", "%s.crt",
          "tls.key", "%s.key",
          "ca.crt", "root.crt",
          "keystore.p12", "%s.p12",
          "keystore.password", "%s.password",
          "truststore.p12", "truststore.p12",
          "tls-combined.pem", "%s-combined.pem",
          "key.der", "%s.der");

  @TempDir private Path folder;

  @Test
  void shouldShowEachPeerItNames() throws IOException {
    assertThat(page().sections().keySet())
        .containsExactly(
            "etcd", "Kafka", "MongoDB", "PostgreSQL", "Spring Boot", "SPIFFE", "CockroachDB");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"etcd", "Kafka", "MongoDB", "PostgreSQL", "Spring Boot", "SPIFFE", "CockroachDB"})
  void shouldIssueWithoutAWarningAndNameOnlyFilesThatThereAre(String peer) throws IOException {
    issue(peer);

    TreeSet<String> named =
        FILE.matcher(section(peer).text())
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(ISSUED.keySet()).containsAll(named);
    List<String> issued = files().map(file -> file.getFileName().toString()).toList();
    for (String key : named) {
      assertThat(Stream.of("server", "client").map(ISSUED.get(key)::formatted))
          .as(key)
          .anyMatch(issued::contains);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"etcd", "Kafka", "MongoDB", "CockroachDB"})
  void shouldLetMembersServeAndDial(String peer) throws Exception {
    issue(peer);

    assertThat(certificates("server"))
        .isNotEmpty()
        .allSatisfy(member -> usages(member).containsExactlyInAnyOrder(SERVER_AUTH, CLIENT_AUTH));
    assertThat(certificates("client"))
        .isNotEmpty()
        .allSatisfy(client -> usages(client).containsExactly(CLIENT_AUTH));
  }

  @Test
  void shouldGiveEtcdThreeMembers() throws IOException {
    issue("etcd");

    assertThat(certificates("server")).hasSize(3);
  }

  @Test
  void shouldSayKafkasPrincipals() throws IOException {
    issue("Kafka");

    assertThat(section("Kafka").text())
        .contains("super.users=User:" + subject("server") + "\n")
        .contains("`User:" + subject("client") + "`");
  }

  @Test
  void shouldKeepMongoDBsClientsApartFromItsMembers() throws IOException {
    issue("MongoDB");

    assertThat(section("MongoDB").text()).contains("createUser: \"" + subject("client") + "\"");
    assertThat(withoutCommonName(subject("server")))
        .contains("O=")
        .isNotEqualTo(withoutCommonName(subject("client")));
  }

  @Test
  void shouldNamePostgreSQLsUserInTheCommonName() throws Exception {
    issue("PostgreSQL");

    assertThat(subject("client")).isEqualTo("CN=app.orders.reader");
    assertThat(section("PostgreSQL").text()).contains("user=app.orders.reader");
    usages(certificates("server").get(0)).containsExactly(SERVER_AUTH);
  }

  /** The exported ones are run by {@code ExportedProgramsTest}. */
  @Test
  void shouldExportSpringBootsPropertiesAsThePageHasThem() throws IOException {
    issue("Spring Boot");
    Path exported = folder.resolve("exported");

    ExportRun run =
        ExportRun.of(
            () -> {
              throw new AssertionError("asks a cluster");
            },
            "servercert/shop",
            "--for=spring",
            "--from=" + folder.resolve("out"),
            "-o",
            exported.toString());

    assertThat(run.err()).isEmpty();
    assertThat(
            Files.readString(exported.resolve("mtls.properties"))
                .replace("file:" + exported + "/", "file:/tls/")
                .lines())
        .containsExactlyInAnyOrderElementsOf(
            section("Spring Boot").blocks("properties").get(0).lines().toList());
    assertThat(run.out().replace(exported.toString(), "/tls"))
        .contains("spring.config.import=file:/tls/mtls.properties\n");
  }

  @Test
  void shouldGiveSpiffeOneUriAndBothUsages() throws Exception {
    issue("SPIFFE");

    X509Certificate svid = certificates("client").get(0);
    usages(svid).containsExactlyInAnyOrder(SERVER_AUTH, CLIENT_AUTH);
    assertThat(names(svid, URI)).containsExactly("spiffe://example.org/ns/shop/sa/web");
    assertThat(svid.getSubjectAlternativeNames()).hasSize(1);
    assertThat(svid.getKeyUsage()[0]).as("digitalSignature").isTrue();
    assertThat(svid.getBasicConstraints()).as("no CA").isNegative();
  }

  @Test
  void shouldNameCockroachDBsNodesAndUser() throws Exception {
    issue("CockroachDB");

    assertThat(subject("server")).isEqualTo("CN=node");
    assertThat(names(certificates("server").get(0), DNS)).contains("node", "localhost");
    assertThat(subject("client")).isEqualTo("CN=root");
  }

  private static Page page() throws IOException {
    return Page.read(Path.of("docs", "peers.md"));
  }

  private static Page section(String peer) throws IOException {
    return page().sections().get(peer);
  }

  /** Every resource of a section at once; neither refused nor advised against. */
  private void issue(String peer) throws IOException {
    List<String> blocks = section(peer).blocks("yaml");
    assertThat(blocks).isNotEmpty();
    Path file = Files.writeString(folder.resolve("resources.yaml"), String.join("\n---\n", blocks));
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand())
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true))
            .execute("-f", file.toString(), "-o", folder.resolve("out").toString());
    assertThat(err.toString()).isEmpty();
    assertThat(exitCode).isZero();
  }

  private Stream<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("out"))) {
      return all.filter(Files::isRegularFile).toList().stream();
    }
  }

  /** The certificates of all servers or clients. */
  private List<X509Certificate> certificates(String stem) throws IOException {
    List<Path> found =
        files().filter(file -> file.getFileName().toString().equals(stem + ".crt")).toList();
    List<X509Certificate> certificates = new ArrayList<>();
    for (Path file : found) {
      certificates.add(Pem.readCertificates(Files.readString(file)).get(0));
    }
    return certificates;
  }

  /** As Java, and so Kafka, writes it: in the order of RFC 2253. */
  private String subject(String stem) throws IOException {
    return certificates(stem).get(0).getSubjectX500Principal().getName();
  }

  private static String withoutCommonName(String subject) {
    return subject.replaceFirst("CN=[^,]*,", "");
  }

  private static ListAssert<String> usages(X509Certificate certificate)
      throws CertificateParsingException {
    return assertThat(certificate.getExtendedKeyUsage());
  }

  private static List<String> names(X509Certificate certificate, int type)
      throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names.stream()
        .filter(name -> name.get(0).equals(type))
        .map(name -> name.get(1).toString())
        .toList();
  }
}
