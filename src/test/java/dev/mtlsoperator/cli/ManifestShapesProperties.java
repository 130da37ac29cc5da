package dev.mtlsoperator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.rules.Corpus;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import picocli.CommandLine;

/** Whatever somebody writes into a manifest, {@code issue} takes it or says what is wrong. */
final class ManifestShapesProperties {
  /** In which every reference of the others is found. */
  private static final String COMPANY =
      """
      {apiVersion: mtls-operator.dev/v1alpha1, kind: RootCA, metadata: {name: root},
       spec: {commonName: Root, subject: {organizations: [Shop], countries: [DE]}, additionalTrust: [{configMapRef: {name: partners, key: ca.crt}}],
              policy: {kinds: [ClientCert, ServerCert], commonNames: ["*"], dnsNames: ["*.example.org"], ipRanges: [192.0.2.0/24]}}}
      ---
      {apiVersion: v1, kind: Secret, metadata: {name: pw, labels: {mtls-operator.dev/input: "true"}},
       type: Opaque, data: {a: aHVudGVyMg==}, stringData: {password: hunter2}}
      ---
      {apiVersion: v1, kind: ConfigMap, metadata: {name: partners, labels: {mtls-operator.dev/input: "true"}},
       data: {ca.crt: PARTNER}}
      ---
      {apiVersion: mtls-operator.dev/v1alpha1, kind: ServerCert, metadata: {name: orders, namespace: default},
       spec: {rootCARef: {name: root}, trustedCARefs: [{name: root}], dnsNames: [orders.example.org],
              ipAddresses: [192.0.2.1], privateKey: {algorithm: ECDSA, size: 256}, additionalFormats: [DER],
              secretTemplate: {labels: {team: shop}}}}
      ---
      {apiVersion: v1, kind: List, items: [
        {apiVersion: mtls-operator.dev/v1alpha1, kind: ClientCert, metadata: {name: jane},
         spec: {rootCARef: {name: root}, commonName: jane, subject: {organizations: [Shop], countries: [DE]},
                keystores: {pkcs12: {enabled: false, passwordSecretRef: {name: pw, key: password}}}}}]}
      """;

  /** Written as they stand here. */
  private static final List<String> TOKENS =
      List.of(
          "",
          "~",
          "null",
          "NO",
          "on",
          "0123456",
          "0o17",
          "0x_",
          "0b",
          "1_000",
          "-1",
          "1e400",
          ".5",
          "99999999999",
          "9".repeat(70),
          "2026-11-28",
          "2026-11-28T12:00:00Z",
          "''",
          "\" \"",
          "[]",
          "{}",
          "[null]",
          "[[]]",
          "{a: b}",
          "{~: b}",
          "{[a]: b}",
          "{{ .Values.x }}",
          "[NO, 1]",
          "!!binary aGk=",
          "!!binary '*'",
          "!!int x",
          "!!map [x]",
          "!!seq {a: b}",
          "!!set {a, b}",
          "!!timestamp 2026-11-28",
          "!own x",
          "*gone",
          "&a [*a]",
          "{<<: {a: b}}",
          "{<<: 5}",
          "\"\\e[2J\"",
          "\"\\0\"",
          "\"\\ud83d\"",
          "é",
          "\"a\\nb\"",
          "a: b",
          "- a",
          "'",
          "% x",
          "\t",
          "[".repeat(60),
          "!!omap [a: b]",
          "RootCA",
          "List",
          "v1",
          "root",
          "*",
          "?",
          "|");

  /** A field that is given twice, or text as it stands here. */
  private record Raw(String text) {}

  private static final List<List<Object>> MANIFESTS = new ArrayList<>();

  private static Path folder;

  @BeforeContainer
  static void parse() throws IOException {
    folder = Files.createTempDirectory("shapes");
    List<Object> company = documents(COMPANY.replace("PARTNER", written(partner())));
    List<Object> root = company.subList(0, 3);
    Corpus.valid().stream()
        .map(Corpus.Manifest::text)
        // making such a key takes longer than all else
        .filter(text -> !text.contains("RSA"))
        .map(ManifestShapesProperties::documents)
        .forEach(
            documents -> {
              MANIFESTS.add(company);
              MANIFESTS.add(Stream.concat(documents.stream(), root.stream()).toList());
            });
  }

  @AfterContainer
  static void remove() throws IOException {
    delete(folder);
  }

  private static String partner() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return Pem.write(
        PlainCertificates.root(
                DistinguishedName.parse("CN=partner"),
                new Validity(now, now.plus(Duration.ofDays(1))),
                KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)))
            .certificate());
  }

  private static List<Object> documents(String text) {
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    return StreamSupport.stream(yaml.loadAll(text).spliterator(), false)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void shouldTakeEveryShapeOrSayWhatIsWrong(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    Object all = MANIFESTS.get(random.nextInt(MANIFESTS.size()));
    // mostly one, so that much of what follows reading is reached
    int changes = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1;
    for (int i = 0; i < changes; i++) {
      all = changed(all, random);
    }
    issue(text(all));
  }

  /** If this fails, the changed ones are refused for what was not changed. */
  @Example
  void shouldIssueWhatIsNotChanged() throws IOException {
    assertThat(issue(text(MANIFESTS.get(0)))).isZero();
  }

  private static String text(Object all) {
    return all instanceof List<?> documents
        ? documents.stream()
            .map(ManifestShapesProperties::written)
            .collect(Collectors.joining("\n---\n"))
        : written(all);
  }

  private static int issue(String text) throws IOException {
    Path input = Files.writeString(folder.resolve("input.yaml"), text);
    Path output = folder.resolve("out");
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand())
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true))
            .setExecutionExceptionHandler(
                (thrown, command, parsed) -> {
                  throw new AssertionError("of " + text, thrown);
                })
            .execute("-f", input.toString(), "-o", output.toString());

    if (exitCode == 0) {
      delete(output);
    } else {
      assertThat(exitCode).as("%s%n%s", text, err).isEqualTo(2);
      assertThat(output).doesNotExist();
      assertThat(err.toString()).endsWith("Nothing was written.\n").doesNotContain("Exception");
      assertThat(err.toString().lines().count()).isGreaterThan(1);
    }
    return exitCode;
  }

  /** The tree with one change, at any depth. */
  private static Object changed(Object node, Random random) {
    List<Object> inside =
        node instanceof Map<?, ?> map
            ? new ArrayList<>(map.keySet())
            : node instanceof List<?> list
                ? Stream.iterate(0, i -> i + 1).limit(list.size()).collect(Collectors.toList())
                : List.of();
    // deeper, as a rule: there is more
    if (inside.isEmpty() || random.nextInt(20) == 0) {
      return replacement(node, random);
    }
    List<Object> branches = inside.stream().filter(at -> isBranch(child(node, at))).toList();
    List<Object> among = branches.isEmpty() || random.nextInt(4) == 0 ? inside : branches;
    Object at = among.get(random.nextInt(among.size()));
    if (node instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list);
      int index = (Integer) at;
      switch (random.nextInt(20)) {
        case 0 -> copy.remove(index);
        case 1 -> copy.add(copy.get(index));
        default -> copy.set(index, changed(copy.get(index), random));
      }
      return copy;
    }
    Map<Object, Object> copy = new LinkedHashMap<>((Map<?, ?>) node);
    switch (random.nextInt(20)) {
      case 0 -> copy.remove(at);
      case 1 -> copy.put(new Raw(written(at)), copy.get(at));
      case 2 -> copy.put(token(random), copy.remove(at));
      default -> copy.put(at, changed(copy.get(at), random));
    }
    return copy;
  }

  private static Object child(Object node, Object at) {
    return node instanceof Map<?, ?> map ? map.get(at) : ((List<?>) node).get((Integer) at);
  }

  private static boolean isBranch(Object node) {
    return node instanceof Map || node instanceof List;
  }

  private static Object replacement(Object node, Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> Collections.singletonList(node);
      case 1 -> Collections.singletonMap("a", node);
      case 2 -> "x".repeat(1 + random.nextInt(70_000));
      default -> token(random);
    };
  }

  private static Raw token(Random random) {
    return new Raw(TOKENS.get(random.nextInt(TOKENS.size())));
  }

  private static String written(Object node) {
    if (node instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> written(entry.getKey()) + ": " + written(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    } else if (node instanceof List<?> list) {
      return list.stream()
          .map(ManifestShapesProperties::written)
          .collect(Collectors.joining(", ", "[", "]"));
    } else if (node instanceof Raw raw) {
      return raw.text();
    }
    return node instanceof String text
        ? "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\""
        : String.valueOf(node);
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
