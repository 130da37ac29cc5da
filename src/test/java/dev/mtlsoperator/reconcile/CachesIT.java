package dev.mtlsoperator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.interfaces.ECPrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No private key stays in the operator's memory: looked for in a dump of the live heap, in each
 * form that a key can have.
 */
final class CachesIT {
  private static final int OF_EACH_KIND = 500;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /**
   * Above what is explained: the CA's key while it is in use, and what eight threads and their
   * buffers touched last.
   */
  private static final int FEWER_THAN = 10;

  private static final int PATTERN = 16;

  @TempDir Path folder;

  @Test
  void shouldHoldNoKeysAfterIssuing() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(operator.cluster()).isSameAs(cluster);
        Bulk.createNamespace(cluster, "bulk");
        Bulk.createServerCerts(cluster.client(), "bulk", OF_EACH_KIND);
        Bulk.createClientCerts(cluster.client(), "bulk", OF_EACH_KIND);
        try (Bulk.Ready servers = new Bulk.Ready(cluster, "servercerts", "bulk");
            Bulk.Ready clients = new Bulk.Ready(cluster, "clientcerts", "bulk")) {
          servers.await(OF_EACH_KIND, PATIENCE);
          clients.await(OF_EACH_KIND, PATIENCE);
        }
        Path dump = folder.resolve("heap.hprof");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpHeap(dump.toString(), true);

        // only now does this test read the Secrets: before, they would have been in the dump by its
        // own doing
        List<Secret> secrets =
            cluster
                .client()
                .secrets()
                .inNamespace("bulk")
                .withLabelIn(Keys.KIND_LABEL, "ServerCert", "ClientCert")
                .list()
                .getItems();
        Map<String, String> patterns = new HashMap<>();
        secrets.forEach(
            secret ->
                patterns(secret)
                    .forEach(
                        (form, bytes) ->
                            patterns.put(
                                latin1(bytes), secret.getMetadata().getName() + " " + form)));
        Set<String> found = search(dump, patterns);
        Files.delete(dump);

        assertThat(secrets).hasSize(2 * OF_EACH_KIND);
        Set<String> keys =
            found.stream()
                .map(hit -> hit.substring(0, hit.indexOf(' ')))
                .collect(Collectors.toCollection(TreeSet::new));
        System.out.println(
            "private keys in the live heap after "
                + 2 * OF_EACH_KIND
                + " issuances: "
                + keys.size()
                + " "
                + found);
        assertThat(keys).as("found %s", found).hasSizeLessThan(FEWER_THAN);
      }
    }
  }

  @Test
  void shouldFindAKeyThatIsHeld() throws IOException {
    KeyMaterial held =
        KeyMaterial.generate(
            new dev.mtlsoperator.pki.KeyParameters(dev.mtlsoperator.pki.KeyAlgorithm.ECDSA, 256));
    byte[] scalar = scalar(held);
    // the pattern itself must not be what is found: it is kept complemented
    byte[] complement = complement(Arrays.copyOf(scalar, PATTERN));
    Arrays.fill(scalar, (byte) 0);
    Path dump = folder.resolve("held.hprof");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(dump.toString(), true);

    Set<String> found = search(dump, Map.of(latin1(complement(complement)), "held scalar"));

    assertThat(held.parameters()).isNotNull();
    assertThat(found).containsExactly("held scalar");
  }

  /** 16 bytes of each form in which a key could lie around, taken from where keys differ. */
  private static Map<String, byte[]> patterns(Secret secret) {
    Map<String, byte[]> patterns = new HashMap<>();
    String base64 = secret.getData().get(Keys.TLS_KEY);
    String pem = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    byte[] scalar = scalar(KeyMaterial.fromPem(pem));
    patterns.put("scalar", Arrays.copyOf(scalar, PATTERN));
    String firstLine = pem.lines().skip(1).findFirst().orElseThrow();
    patterns.put(
        "PEM",
        firstLine.substring(firstLine.length() - PATTERN).getBytes(StandardCharsets.US_ASCII));
    patterns.put(
        "base64 of PEM", base64.substring(100, 100 + PATTERN).getBytes(StandardCharsets.US_ASCII));
    String keystore = secret.getData().get(Keys.KEYSTORE);
    if (keystore != null) {
      patterns.put(
          "keystore", keystore.substring(600, 600 + PATTERN).getBytes(StandardCharsets.US_ASCII));
      String password = secret.getData().get(Keys.KEYSTORE_PASSWORD);
      patterns.put("password", password.substring(0, PATTERN).getBytes(StandardCharsets.US_ASCII));
    }
    return patterns;
  }

  private static byte[] scalar(KeyMaterial key) {
    return BigIntegers.asUnsignedByteArray(32, ((ECPrivateKey) key.revealPrivateKey()).getS());
  }

  private static byte[] complement(byte[] bytes) {
    byte[] complement = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      complement[i] = (byte) ~bytes[i];
    }
    return complement;
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Names of the patterns that occur: by a window of eight bytes first, then in full. */
  private static Set<String> search(Path dump, Map<String, String> patterns) throws IOException {
    BitSet beginnings = new BitSet(1 << 24);
    patterns
        .keySet()
        .forEach(
            pattern -> beginnings.set(beginning(pattern.getBytes(StandardCharsets.ISO_8859_1), 0)));
    Set<String> found = new TreeSet<>();
    try (FileChannel channel = FileChannel.open(dump, StandardOpenOption.READ)) {
      byte[] window = new byte[1 << 24];
      int kept = 0;
      ByteBuffer buffer = ByteBuffer.wrap(window);
      while (channel.read(buffer) > 0) {
        int end = buffer.position();
        for (int i = 0; i + PATTERN <= end; i++) {
          if (beginnings.get(beginning(window, i))) {
            String name = patterns.get(new String(window, i, PATTERN, StandardCharsets.ISO_8859_1));
            if (name != null) {
              found.add(name);
            }
          }
        }
        kept = Math.min(PATTERN - 1, end);
        System.arraycopy(window, end - kept, window, 0, kept);
        buffer.clear().position(kept);
      }
    }
    return Stream.of(found).flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new));
  }

  private static int beginning(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff);
  }
}
