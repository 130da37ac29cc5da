package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the documents of one text into {@link Manifests}. */
final class ManifestReader {
  /** As a JSON pointer (RFC 6901 section 3). */
  private static final String INPUT_LABEL =
      "/metadata/labels/" + Api.INPUT_LABEL.replace("/", "~1");

  private static final KindSchema SECRET = KindSchema.secret();
  private static final KindSchema CONFIG_MAP = KindSchema.configMap();
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

  void document(int number, YamlDocument document) {
    document(number, "", document.tree(), document.unquoted());
  }

  /**
   * Reads a resource.
   *
   * @param at its path in the document, which is not empty in a List
   * @param unquoted how the numbers and booleans of the document are written
   */
  private void document(int number, String at, JsonNode node, Map<String, String> unquoted) {
    if (!(node instanceof ObjectNode object)) {
      problem(
          number,
          "",
          new Violation(at, "not a resource: a mapping with apiVersion and kind is expected"));
      return;
    }
    Optional<Violation> untyped =
        untyped(at, object, "kind").or(() -> untyped(at, object, "apiVersion"));
    if (untyped.isPresent()) {
      problem(number, "", untyped.get());
      return;
    }
    String apiVersion = object.get("apiVersion").textValue();
    String kind = object.get("kind").textValue();
    String group = apiVersion.replaceFirst("/.*", "");
    if (apiVersion.equals("v1")) {
      core(number, at, kind, object, unquoted);
    } else if (group.equals(Api.GROUP)) {
      own(number, apiVersion, kind, object, below(at, unquoted));
    } else {
      ignore(number, object);
    }
  }

  private static Optional<Violation> untyped(String at, ObjectNode object, String field) {
    JsonNode value = object.path(field);
    if (value.isTextual() && !value.textValue().isEmpty()) {
      return Optional.empty();
    }
    String path = YamlDocument.field(at, field);
    boolean absent = value.isMissingNode() || value.isNull() || value.isTextual();
    return Optional.of(
        new Violation(
            path, absent ? path + " not set" : WrongType.message(path, "string", value, null)));
  }

  // the paths in a resource of a List begin anew
  private static Map<String, String> below(String at, Map<String, String> unquoted) {
    if (at.isEmpty()) {
      return unquoted;
    }
    Map<String, String> below = new HashMap<>();
    unquoted.forEach(
        (path, text) -> {
          if (path.startsWith(at + ".")) {
            below.put(path.substring(at.length() + 1), text);
          }
        });
    return below;
  }

  private void core(
      int number, String at, String kind, ObjectNode object, Map<String, String> unquoted) {
    if (kind.equals("List")) {
      list(number, at, object.path("items"), unquoted);
    } else if (kind.equals("Secret")) {
      secret(number, subject(object), object);
    } else if (kind.equals("ConfigMap") && object.at(INPUT_LABEL).asText().equals("true")) {
      configMap(number, subject(object), object);
    } else {
      ignore(number, object);
    }
  }

  private void list(int number, String at, JsonNode items, Map<String, String> unquoted) {
    String path = YamlDocument.field(at, "items");
    if (items instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        document(number, YamlDocument.entry(path, i), array.get(i), unquoted);
      }
    } else if (!items.isMissingNode() && !items.isNull()) {
      problem(number, "List", new Violation(path, WrongType.message(path, "array", items, null)));
    }
  }

  private void own(
      int number, String apiVersion, String kind, ObjectNode object, Map<String, String> unquoted) {
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
      case "RootCA" -> read(number, subject, object, RootCA.class, unquoted);
      case "ServerCert" -> read(number, subject, object, ServerCert.class, unquoted);
      case "ClientCert" -> read(number, subject, object, ClientCert.class, unquoted);
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
      int number,
      String subject,
      ObjectNode object,
      Class<? extends HasMetadata> type,
      Map<String, String> unquoted) {
    Converted<? extends HasMetadata> converted =
        Converted.of(object, schema(type.getSimpleName()), type, unquoted);
    List<Violation> wrong = new ArrayList<>(converted.wrong());
    if (converted.resource().isEmpty()) {
      report(number, subject, wrong);
      return;
    }
    HasMetadata resource = converted.resource().get();
    places.put(resource, new Place(origin, number));
    wrong.addAll(MetadataRules.of(resource.getMetadata()));
    if (resource.getMetadata().getName() == null) {
      // the rules of a spec look at the name
      report(number, subject, wrong);
      return;
    }
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

  // a password or a CA may be in it: nothing of it is repeated
  private void secret(int number, String subject, ObjectNode object) {
    Converted<Secret> converted =
        Converted.of(object, SECRET, Secret.class, Map.of()).flatMap(SecretContent::merged);
    report(number, subject, converted.wrong());
    converted
        .resource()
        .ifPresent(
            secret -> {
              places.put(secret, new Place(origin, number));
              secrets.add(secret);
            });
  }

  private void configMap(int number, String subject, ObjectNode object) {
    Converted<ConfigMap> converted =
        Converted.of(object, CONFIG_MAP, ConfigMap.class, Map.of())
            .flatMap(map -> Converted.unless(MetadataRules.of(map.getMetadata()), map));
    report(number, subject, converted.wrong());
    converted
        .resource()
        .ifPresent(
            map -> {
              places.put(map, new Place(origin, number));
              configMaps.add(map);
            });
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
