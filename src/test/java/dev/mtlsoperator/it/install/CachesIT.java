package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.BufferedWriter;
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
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No private key stays in the operator's memory: the test searches a dump of the live heap for each
 * encoding of a key. Large objects with the labels that the operator watches do not stay either.
 */
final class CachesIT {
  private static final int OF_EACH_KIND = 250;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /**
   * More than the explained occurrences: the CA's key while it is in use, and the last data of
   * eight threads and their buffers.
   */
  private static final int FEWER_THAN = 10;

  private static final int PATTERN = 16;

  /** Objects of a tenant, made before the operator starts, and as many after that. */
  private static final int LARGE_ONES = 30;

  /** The last data in buffers. */
  private static final int FEWER_LARGE_ONES_THAN = 8;

  private static final String LARGE = "large";
  private static final int LARGE_VALUE = 900_000;
  private static final int LARGE_ANNOTATION = 200_000;

  @TempDir Path folder;

  @Test
  void shouldHoldNoKeysAfterIssuing() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      String tenant = cluster.namespace("tenant");
      createLargeOnes(cluster, tenant, 0);
      try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(operator.cluster()).isSameAs(cluster);
        createLargeOnes(cluster, tenant, LARGE_ONES);
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

        // the test reads the Secrets only now: earlier, it would itself have put them into the dump
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
        for (int i = 0; i < 2 * LARGE_ONES; i++) {
          patterns.put(filling(i), LARGE + i + " value");
          patterns.put(filling(-1 - i), LARGE + i + " annotation");
        }
        Set<String> all = search(dump, patterns);
        Files.delete(dump);

        Set<String> large =
            all.stream().filter(hit -> hit.startsWith(LARGE)).collect(Collectors.toSet());
        System.out.println("of " + 2 * LARGE_ONES + " large objects in the live heap: " + large);
        assertThat(large).hasSizeLessThan(FEWER_LARGE_ONES_THAN);
        assertThat(secrets).hasSize(2 * OF_EACH_KIND);
        Set<String> found = new TreeSet<>(all);
        found.removeAll(large);
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
    KeyMaterial held = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    byte[] scalar = scalar(held);
    // the search must not find the pattern itself, so it is stored complemented
    byte[] complement = complement(Arrays.copyOf(scalar, PATTERN));
    Arrays.fill(scalar, (byte) 0);
    Path dump = folder.resolve("held.hprof");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(dump.toString(), true);

    Set<String> found = search(dump, Map.of(latin1(complement(complement)), "held scalar"));

    assertThat(held.parameters()).isNotNull();
    assertThat(found).containsExactly("held scalar");
  }

  /**
   * ConfigMaps and Secrets of about 1 MiB with the labels that the operator's watches select by, of
   * each kind; a separate process creates them, which leaves nothing in this heap.
   */
  private void createLargeOnes(EmbeddedCluster cluster, String namespace, int from)
      throws IOException {
    Path file = folder.resolve("large-" + from + ".yaml");
    try (BufferedWriter yaml = Files.newBufferedWriter(file)) {
      for (int i = from; i < from + LARGE_ONES; i++) {
        boolean map = i % 2 == 0;
        String name = LARGE + i + (i % 6 == 2 ? "-trust" : "");
        String labels =
            switch (i / 2 % 4) {
              case 0 ->
                  "mtls-operator.dev/kind: TrustBundle, mtls-operator.dev/root-ca: root, mtls-operator.dev/root-ca-namespace: bulk";
              case 1 -> "mtls-operator.dev/kind: RootCA, mtls-operator.dev/root-ca: " + LARGE + i;
              case 2 -> "mtls-operator.dev/kind: ServerCert";
              default -> "mtls-operator.dev/input: \"true\"";
            };
        yaml.write("---\napiVersion: v1\nkind: " + (map ? "ConfigMap" : "Secret") + "\n");
        yaml.write("metadata:\n  name: " + name + "\n  labels: {" + labels + "}\n");
        yaml.write("  annotations:\n    mtls-operator.dev/trusts: ");
        fill(yaml, filling(-1 - i), LARGE_ANNOTATION);
        yaml.write("data:\n  ca.crt: ");
        fill(yaml, filling(i), LARGE_VALUE);
      }
    }
    cluster.kubectl().run("create", "-n", namespace, "-f", file.toString()).orThrow();
    Files.delete(file);
  }

  private static void fill(BufferedWriter yaml, String filling, int bytes) throws IOException {
    for (int written = 0; written < bytes; written += PATTERN) {
      yaml.write(filling);
    }
    yaml.write("\n");
  }

  // created anew each time, so that the search does not find it
  private static String filling(int seed) {
    Random random = new Random(seed);
    StringBuilder filling = new StringBuilder();
    while (filling.length() < PATTERN) {
      filling.append((char) ('a' + random.nextInt(26)));
    }
    return filling.toString();
  }

  /** 16 bytes of each encoding in which a key could be in memory, taken from where keys differ. */
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
