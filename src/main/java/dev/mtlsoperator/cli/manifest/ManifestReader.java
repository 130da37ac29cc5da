package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.rules.MetadataRules;
import dev.mtlsoperator.api.rules.SpecRules;
import dev.mtlsoperator.api.rules.Violation;
import dev.mtlsoperator.cli.manifest.Manifests.Ignored;
import dev.mtlsoperator.cli.manifest.Manifests.Place;
import dev.mtlsoperator.cli.manifest.Manifests.Problem;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the documents of one text into {@link Manifests}. */
final class ManifestReader {
  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  /** As a JSON pointer (RFC 6901 section 3). */
  private static final String INPUT_LABEL =
      "/metadata/labels/" + Api.INPUT_LABEL.replace("/", "~1");

  private static final Map<String, KindSchema> SCHEMAS = new HashMap<>();

  private final String origin;
  private final List<RootCA> rootCAs = new ArrayList<>();
  private final List<LeafCert<?>> leaves = new ArrayList<>();
  private final List<Secret> secrets = new ArrayList<>();
  private final List<ConfigMap> configMaps = new ArrayList<>();
  private final List<Ignored> ignored = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final IdentityHashMap<HasMetadata, Place> places = new IdentityHashMap<>();

  ManifestReader(String origin) {
    this.origin = origin;
  }

  Manifests result() {
    return new Manifests(rootCAs, leaves, secrets, configMaps, ignored, problems, places);
  }

  void problem(int document, String subject, Violation violation) {
    problems.add(new Problem(origin, document, subject, violation));
  }

  void document(int number, JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      problem(
          number,
          "",
          new Violation("", "not a resource: a mapping with apiVersion and kind is expected"));
      return;
    }
    JsonNode apiVersion = object.path("apiVersion");
    JsonNode kind = object.path("kind");
    if (!apiVersion.isTextual() || !kind.isTextual()) {
      String missing = kind.isTextual() ? "apiVersion" : "kind";
      problem(number, "", new Violation(missing, missing + " not set"));
      return;
    }
    String group = apiVersion.textValue().replaceFirst("/.*", "");
    if (apiVersion.textValue().equals("v1")) {
      core(number, kind.textValue(), object);
    } else if (group.equals(Api.GROUP)) {
      own(number, apiVersion.textValue(), kind.textValue(), object);
    } else {
      ignore(number, object);
    }
  }

  private void core(int number, String kind, ObjectNode object) {
    if (kind.equals("List")) {
      object.path("items").forEach(item -> document(number, item));
    } else if (kind.equals("Secret")) {
      secret(number, subject(object), object);
    } else if (kind.equals("ConfigMap") && object.at(INPUT_LABEL).asText().equals("true")) {
      configMap(number, subject(object), object);
    } else {
      ignore(number, object);
    }
  }

  private void own(int number, String apiVersion, String kind, ObjectNode object) {
    String subject = subject(object);
    if (!apiVersion.equals(Api.GROUP + "/" + Api.VERSION)) {
      problem(
          number,
          subject,
          new Violation(
              "apiVersion",
              "no version '"
                  + printable(apiVersion)
                  + "' is known here: write "
                  + Api.GROUP
                  + "/"
                  + Api.VERSION));
      return;
    }
    switch (kind) {
      case "RootCA" -> read(number, subject, object, RootCA.class);
      case "ServerCert" -> read(number, subject, object, ServerCert.class);
      case "ClientCert" -> read(number, subject, object, ClientCert.class);
      default ->
          problem(
              number,
              subject,
              new Violation(
                  "kind",
                  "no kind '"
                      + printable(kind)
                      + "' is known here: write RootCA, ServerCert or ClientCert"));
    }
  }

  private void ignore(int number, ObjectNode object) {
    ignored.add(new Ignored(origin, number, subject(object)));
  }

  private void read(
      int number, String subject, ObjectNode object, Class<? extends HasMetadata> type) {
    KindSchema schema = schema(type.getSimpleName());
    ObjectNode completed = schema.completed(object);
    List<Violation> wrong = new ArrayList<>(schema.check(completed));
    if (!wrong.isEmpty()) {
      report(number, subject, wrong);
      return;
    }
    HasMetadata resource;
    try {
      resource = SERIALIZATION.convertValue(completed, type);
    } catch (IllegalArgumentException e) {
      // the schema accepts any integer; the message of the reader could quote a value
      problem(
          number,
          subject,
          new Violation("", "not a " + type.getSimpleName() + ": a number is out of range"));
      return;
    }
    places.put(resource, new Place(origin, number));
    wrong.addAll(MetadataRules.of(resource.getMetadata()));
    if (resource instanceof RootCA ca) {
      wrong.addAll(SpecRules.of(ca));
      if (wrong.isEmpty()) {
        rootCAs.add(ca);
      }
    } else if (resource instanceof LeafCert<?> leaf) {
      wrong.addAll(SpecRules.of(leaf));
      if (wrong.isEmpty()) {
        leaves.add(leaf);
      }
    }
    report(number, subject, wrong);
  }

  private void report(int number, String subject, List<Violation> wrong) {
    wrong.forEach(violation -> problem(number, subject, violation));
  }

  private void secret(int number, String subject, ObjectNode object) {
    Secret secret;
    try {
      secret = SERIALIZATION.convertValue(object, Secret.class);
    } catch (IllegalArgumentException e) {
      // its message could quote a value
      problem(number, subject, new Violation("", "not a Secret: a field is of the wrong type"));
      return;
    }
    List<Violation> wrong = new ArrayList<>(MetadataRules.of(secret.getMetadata()));
    Map<String, String> data = new HashMap<>(secret.getData());
    data.forEach(
        (key, value) -> {
          if (!isBase64(value)) {
            wrong.add(new Violation("data." + key, "is not base64: use stringData for plain text"));
          }
        });
    // like the API server: lines may be folded
    data.replaceAll((key, value) -> value == null ? "" : value.replaceAll("\\s", ""));
    secret
        .getStringData()
        .forEach(
            (key, value) ->
                data.put(
                    key,
                    Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    report(number, subject, wrong);
    if (wrong.isEmpty()) {
      Secret merged =
          new SecretBuilder(secret).withData(data).withStringData(Map.<String, String>of()).build();
      places.put(merged, new Place(origin, number));
      secrets.add(merged);
    }
  }

  private void configMap(int number, String subject, ObjectNode object) {
    try {
      ConfigMap map = SERIALIZATION.convertValue(object, ConfigMap.class);
      List<Violation> wrong = MetadataRules.of(map.getMetadata());
      report(number, subject, wrong);
      if (wrong.isEmpty()) {
        places.put(map, new Place(origin, number));
        configMaps.add(map);
      }
    } catch (IllegalArgumentException e) {
      problem(number, subject, new Violation("", "not a ConfigMap: a field is of the wrong type"));
    }
  }

  private static boolean isBase64(@Nullable String value) {
    try {
      return value != null
          && Base64.getMimeDecoder().decode(value.strip()) != null
          && value.strip().matches("[A-Za-z0-9+/=\\s]*");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String subject(ObjectNode object) {
    return printable(object.path("kind").asText())
        + " "
        + printable(object.path("metadata").path("name").asText("without a name"));
  }

  /** Replaces all but printable ASCII, so that names from files cannot control a terminal. */
  private static String printable(String text) {
    String shown = text.replaceAll("[^\\x20-\\x7E]", "?");
    return shown.length() > 80 ? shown.substring(0, 80) + "..." : shown;
  }

  private static synchronized KindSchema schema(String kind) {
    return SCHEMAS.computeIfAbsent(
        kind, name -> KindSchema.of(name.toLowerCase(Locale.ROOT) + "s"));
  }
}
