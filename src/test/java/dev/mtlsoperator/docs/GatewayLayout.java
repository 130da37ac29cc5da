package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Where a gateway looks for certificates, as it documents it.
 *
 * @param folder in {@code examples/gateways}
 * @param manifest the gateway's own file in it
 * @param namespace to which all is applied
 * @param reads what the manifest names
 * @param settings what the manifest has to say beside it
 * @param links names in the manifest of other objects in it
 */
record GatewayLayout(
    String folder,
    String manifest,
    String namespace,
    List<Read> reads,
    List<Setting> settings,
    List<Link> links) {

  /** What a file has to hold. */
  enum Content {
    /** The server's certificate, of which the host is a name, and those that are sent after it. */
    CHAIN,
    /** Its key, in PKCS#8. */
    KEY,
    /** Exactly the certificates of the CA's generations. */
    CAS,
    /** A list of each generation, and nothing else. */
    CRLS
  }

  /** Whether a gateway tolerates keys that it does not read. */
  enum Others {
    TOLERATED,
    /** Such as a private key, which is nobody's business who verifies clients. */
    NONE
  }

  /**
   * An object that the gateway reads.
   *
   * @param in kind of the object in the manifest that names it
   * @param place {@code namespace/name} by that object
   * @param type of a Secret; empty: it is a ConfigMap
   * @param files what the gateway reads, by the keys that it tries, in this order
   */
  record Read(
      String in,
      Function<JsonNode, String> place,
      Optional<String> type,
      Map<List<String>, Content> files,
      Others others) {}

  /** A value in the manifest. */
  record Setting(String in, String pointer, String value) {}

  /** The name of another object in the manifest. */
  record Link(String in, String pointer, String kind) {}

  /** What an operator wrote. */
  interface Written {
    /**
     * An object; empty if the operator does not write it.
     *
     * @param place {@code namespace/name}
     */
    Optional<HasMetadata> find(String kind, String place);

    /** The CA's certificates, oldest first; that of the last one signs. */
    List<X509Certificate> roots();
  }

  @Override
  public String toString() {
    return folder + "/" + manifest;
  }

  /** Whether it reads CRLs. */
  boolean readsCrls() {
    return reads.stream().anyMatch(read -> read.files().containsValue(Content.CRLS));
  }

  /** The keys in which the gateway finds what it reads. */
  Set<String> keys(Manifests resources, String text) throws IOException {
    WrittenObjects written = WrittenObjects.of(resources, namespace);
    Map<String, JsonNode> objects = objects(text);
    Set<String> keys = new TreeSet<>();
    for (Read read : reads) {
      Map<String, String> data =
          data(
              written
                  .find(kind(read), read.place().apply(object(objects, read.in())))
                  .orElseThrow());
      read.files().keySet().forEach(tried -> keys.add(first(tried, data)));
    }
    return keys;
  }

  /** Asserts that the gateway would find what it reads, in the middle of a rotation. */
  void check(Manifests resources, String text, String host)
      throws IOException, GeneralSecurityException {
    check(WrittenObjects.of(resources, namespace), text, host);
  }

  /**
   * Asserts that the gateway finds what it reads.
   *
   * @param text of the manifest
   * @param host that clients ask for
   */
  void check(Written written, String text, String host)
      throws IOException, GeneralSecurityException {
    Map<String, JsonNode> objects = objects(text);
    for (Setting setting : settings) {
      JsonNode value = object(objects, setting.in()).at(setting.pointer());
      String what = setting.in() + " " + setting.pointer();
      assertThat(value.isMissingNode()).as(what).isFalse();
      assertThat(value.asText()).as(what).isEqualTo(setting.value());
    }
    for (Link link : links) {
      assertThat(object(objects, link.in()).at(link.pointer()).asText())
          .as("%s %s", link.in(), link.pointer())
          .isEqualTo(object(objects, link.kind()).at("/metadata/name").asText());
    }
    for (Read read : reads) {
      check(read, read.place().apply(object(objects, read.in())), written, host);
    }
  }

  private static void check(Read read, String place, Written written, String host)
      throws GeneralSecurityException {
    HasMetadata found =
        written
            .find(kind(read), place)
            .orElseThrow(() -> new AssertionError("the operator writes no such object: " + place));
    if (found instanceof Secret secret) {
      assertThat(secret.getType()).as("type of %s", place).isEqualTo(read.type().orElseThrow());
    }
    Map<String, String> data = data(found);
    Set<String> keys = new TreeSet<>();
    for (Map.Entry<List<String>, Content> file : read.files().entrySet()) {
      String key = first(file.getKey(), data);
      keys.add(key);
      check(file.getValue(), place + " " + key, data, key, written.roots(), host);
    }
    if (read.others() == Others.NONE) {
      assertThat(data.keySet()).as("keys of %s", place).isEqualTo(keys);
    }
  }

  private static String first(List<String> tried, Map<String, String> data) {
    return tried.stream()
        .filter(data::containsKey)
        .findFirst()
        .orElseThrow(() -> new AssertionError("none of " + tried + " is in " + data.keySet()));
  }

  private static void check(
      Content content,
      String what,
      Map<String, String> data,
      String key,
      List<X509Certificate> roots,
      String host)
      throws GeneralSecurityException {
    String text = data.getOrDefault(key, "");
    switch (content) {
      case CHAIN -> {
        X509Certificate leaf = Pem.readCertificates(text).get(0);
        leaf.verify(roots.get(roots.size() - 1).getPublicKey());
        assertThat(leaf.getBasicConstraints()).as(what).isNegative();
        assertThat(leaf.getSubjectAlternativeNames()).as(what).contains(List.of(2, host));
      }
      case KEY -> {
        assertThat(text).as(what).startsWith("-----BEGIN PRIVATE KEY-----\n");
        X509Certificate leaf = Pem.readFirst(data.getOrDefault("tls.crt", ""));
        assertThat(KeyMaterial.fromPem(text).matches(leaf)).as(what).isTrue();
      }
      case CAS -> {
        assertThat(Pem.readCertificates(text)).as(what).isEqualTo(roots);
        assertThat(text).as(what).doesNotContain("PRIVATE", "CRL");
        assertThat(roots).allMatch(root -> root.getBasicConstraints() >= 0);
      }
      case CRLS -> checkCrls(text, what, roots);
    }
  }

  private static void checkCrls(String text, String what, List<X509Certificate> roots)
      throws GeneralSecurityException {
    assertThat(text)
        .as(what)
        .startsWith("-----BEGIN X509 CRL-----\n")
        .doesNotContain("CERTIFICATE");
    List<CRL> crls =
        new ArrayList<>(
            CertificateFactory.getInstance("X.509")
                .generateCRLs(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))));
    assertThat(crls).as(what).hasSameSizeAs(roots);
    for (int i = 0; i < roots.size(); i++) {
      ((X509CRL) crls.get(i)).verify(roots.get(i).getPublicKey());
    }
  }

  private static String kind(Read read) {
    return read.type().isPresent() ? "Secret" : "ConfigMap";
  }

  private static Map<String, String> data(HasMetadata object) {
    if (object instanceof ConfigMap map) {
      return new TreeMap<>(map.getData());
    }
    return SecretData.files((Secret) object).entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, file -> new String(file.getValue(), StandardCharsets.UTF_8)));
  }

  private static JsonNode object(Map<String, JsonNode> objects, String kind) {
    return Optional.ofNullable(objects.get(kind))
        .orElseThrow(() -> new AssertionError("no " + kind + " in " + objects.keySet()));
  }

  /** By kind: an example has one of each. */
  private static Map<String, JsonNode> objects(String text) throws IOException {
    Map<String, JsonNode> objects = new TreeMap<>();
    try (var documents = new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(text)) {
      for (JsonNode object : documents.readAll()) {
        assertThat(object.at("/metadata/namespace").isMissingNode()).isTrue();
        assertThat(objects.put(object.at("/kind").asText(), object)).isNull();
      }
    }
    return objects;
  }
}
