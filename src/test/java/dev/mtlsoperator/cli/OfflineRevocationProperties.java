package dev.mtlsoperator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Random histories of {@code issue}: what is revoked stays so until it expires. */
final class OfflineRevocationProperties {
  private static final String CA_AND_GATEWAY =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {commonName: root, duration: 7300d, revocation: {}}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: gateway}
      spec: {rootCARef: {name: root}, dnsNames: [gateway.example.org], duration: 7200d, revocations: true}
      ---
      """;

  /** What happens before a run. */
  enum Change {
    NOTHING,
    REVOKED,
    TAKEN_BACK,
    RENAMED
  }

  /**
   * A run.
   *
   * @param hours since the last one; less than zero: the clock went back
   */
  record Step(int hours, Change change) {}

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<Integer> hours =
        Arbitraries.frequencyOf(
            Tuple.of(2, Arbitraries.just(0)),
            Tuple.of(1, Arbitraries.integers().between(-48, -1)),
            Tuple.of(4, Arbitraries.integers().between(1, 40 * 24)));
    return Combinators.combine(hours, Arbitraries.of(Change.class)).as(Step::new).list().ofSize(10);
  }

  @Property(tries = 8)
  void shouldNeverLetARevokedCertificateBackIn(@ForAll("histories") List<Step> history)
      throws IOException {
    Path folder = Files.createTempDirectory("history");
    try {
      new History(folder).run(history);
    } finally {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static final class History {
    private final Path folder;
    private final Map<BigInteger, Instant> issued = new HashMap<>();
    private final Map<BigInteger, Instant> revoked = new HashMap<>();
    private Instant now = MalformedCertificate.NOW;
    private Instant latest = now;
    private boolean isRevoked;
    private int name;

    History(Path folder) {
      this.folder = folder;
    }

    void run(List<Step> history) throws IOException {
      issue();
      for (Step step : history) {
        Instant then = now.plus(Duration.ofHours(step.hours()));
        // before the CA began, nothing can be issued
        now = then.isBefore(MalformedCertificate.NOW) ? MalformedCertificate.NOW : then;
        latest = now.isAfter(latest) ? now : latest;
        switch (step.change()) {
          case NOTHING -> {}
          case REVOKED -> isRevoked = true;
          case TAKEN_BACK -> isRevoked = false;
          case RENAMED -> name++;
        }
        Crl before = crl("rootca/root");
        issue();
        judge(before, crl("rootca/root"));
      }
      writesNothingAtOnce();
    }

    private void issue() throws IOException {
      String jane =
          """
          apiVersion: mtls-operator.dev/v1alpha1
          kind: ClientCert
          metadata: {name: jane}
          spec: {rootCARef: {name: root}, commonName: jane%d, keystores: {pkcs12: {enabled: false}}%s}
          """
              .formatted(name, isRevoked ? ", revoked: {}" : "");
      IssueRun run = IssueRun.of(folder, now, CA_AND_GATEWAY, jane);
      assertThat(run.exitCode()).as(run.err()).isZero();
      Path certificate = path("clientcert/jane/client.crt");
      assertThat(Files.exists(certificate)).isNotEqualTo(isRevoked);
      if (isRevoked) {
        revoked.putAll(issued);
      } else {
        X509Certificate leaf = Pem.readCertificates(Files.readString(certificate)).get(0);
        issued.put(leaf.getSerialNumber(), leaf.getNotAfter().toInstant());
      }
    }

    private void writesNothingAtOnce() throws IOException {
      Map<String, String> written = IssueRun.contents(folder);
      issue();
      assertThat(IssueRun.contents(folder)).isEqualTo(written);
    }

    private void judge(Crl before, Crl after) throws IOException {
      assertThat(after.equals(before) || after.isNewerThan(before)).isTrue();
      assertThat(after.thisUpdate()).isBeforeOrEqualTo(now);
      assertThat(after.nextUpdate()).isAfter(now.plus(Duration.ofDays(14)));
      assertThat(crl("servercert/gateway")).isEqualTo(after);
      assertThat(revoked.keySet()).containsAll(after.entries().keySet());
      assertThat(after.entries().keySet())
          .containsAll(
              revoked.keySet().stream().filter(c -> revoked.get(c).isAfter(latest)).toList());
    }

    private Crl crl(String of) throws IOException {
      return Crl.parseAll(SuppliedFile.of(Files.readString(path(of + "/root.crl")))).get(0);
    }

    private Path path(String below) {
      return folder.resolve("out/default").resolve(below);
    }
  }
}
