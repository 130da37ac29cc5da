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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Resources that were read from YAML or JSON without a cluster, with defaults set and checked as
 * the API server would check them. What has a problem is in none of the other lists.
 *
 * @param rootCAs in the order of the text
 * @param leaves in the order of the text
 * @param secrets Secrets, since a password or a CA may be in one; {@code stringData} is merged into
 *     {@code data}
 * @param configMaps ConfigMaps that carry the label of an input
 * @param ignored documents of other kinds
 * @param problems what is wrong, in the order of the text
 * @param places where each resource was read: the very object, not one that is equal
 */
public record Manifests(
    List<RootCA> rootCAs,
    List<LeafCert<?>> leaves,
    List<Secret> secrets,
    List<ConfigMap> configMaps,
    List<Ignored> ignored,
    List<Problem> problems,
    IdentityHashMap<HasMetadata, Place> places) {

  /**
   * Where something was read.
   *
   * @param origin where the text came from, such as a file
   * @param document its number in the text, from 1
   */
  public record Place(String origin, int document) {
    /** For a person. */
    @Override
    public String toString() {
      return origin + ", document " + document;
    }
  }

  /**
   * A document of a kind that is none of ours.
   *
   * @param origin where the text came from, such as a file
   * @param document its number in the text, from 1
   * @param subject its kind and name, such as {@code Deployment web}
   */
  public record Ignored(String origin, int document, String subject) {}

  /**
   * Something wrong in a document.
   *
   * @param origin where the text came from, such as a file
   * @param document its number in the text, from 1; 0: the text as a whole
   * @param subject kind and name, such as {@code ServerCert web}; empty when not known
   * @param violation what is wrong; its path is empty when it is about the whole document
   */
  public record Problem(String origin, int document, String subject, Violation violation) {
    /** For a person, in one line. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(origin);
      if (document > 0) {
        text.append(", document ").append(document);
      }
      if (!subject.isEmpty()) {
        text.append(", ").append(subject);
      }
      text.append(": ");
      return text.append(violation.path().isEmpty() ? violation.message() : violation).toString();
    }
  }

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  /** As a JSON pointer (RFC 6901 section 3). */
  private static final String INPUT_LABEL =
      "/metadata/labels/" + Api.INPUT_LABEL.replace("/", "~1");

  private static final Map<String, KindSchema> SCHEMAS = new HashMap<>();

  public Manifests {
    rootCAs = List.copyOf(rootCAs);
    leaves = List.copyOf(leaves);
    secrets = List.copyOf(secrets);
    configMaps = List.copyOf(configMaps);
    ignored = List.copyOf(ignored);
    problems = List.copyOf(problems);
    places = new IdentityHashMap<>(places);
  }

  /**
   * Where a resource was read.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public Place place(HasMetadata resource) {
    Place place = places.get(resource);
    if (place == null) {
      throw new IllegalArgumentException("not read here: " + resource.getKind());
    }
    return place;
  }

  /** Nothing read. */
  public static Manifests none() {
    return new Manifests(
        List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), new IdentityHashMap<>());
  }

  /**
   * Reads a text of any number of documents; lists ({@code kind: List}) are taken apart, documents
   * of only comments skipped. Never throws for what a text may hold; it is bounded at 3 MiB.
   *
   * @param origin where the text comes from, such as a file; it is repeated in problems
   */
  public static Manifests read(String origin, String text) {
    Reading reading = new Reading(origin);
    try {
      int number = 0;
      for (JsonNode document : YamlDocuments.read(text)) {
        number++;
        if (document != null) {
          reading.document(number, document);
        }
      }
    } catch (YamlDocuments.Unreadable e) {
      reading.problem(0, "", new Violation("", String.valueOf(e.getMessage())));
    }
    return reading.result();
  }

  /** All of both. */
  public Manifests plus(Manifests more) {
    IdentityHashMap<HasMetadata, Place> both = new IdentityHashMap<>(places);
    both.putAll(more.places);
    return new Manifests(
        concat(rootCAs, more.rootCAs),
        concat(leaves, more.leaves),
        concat(secrets, more.secrets),
        concat(configMaps, more.configMaps),
        concat(ignored, more.ignored),
        concat(problems, more.problems),
        both);
  }

  private static <T> List<T> concat(List<? extends T> first, List<? extends T> second) {
    return Stream.<T>concat(first.stream(), second.stream()).toList();
  }

  private static synchronized KindSchema schema(String kind) {
    return SCHEMAS.computeIfAbsent(
        kind, name -> KindSchema.of(name.toLowerCase(Locale.ROOT) + "s"));
  }

  /** One text on its way. */
  private static final class Reading {
    private final String origin;
    private final List<RootCA> rootCAs = new ArrayList<>();
    private final List<LeafCert<?>> leaves = new ArrayList<>();
    private final List<Secret> secrets = new ArrayList<>();
    private final List<ConfigMap> configMaps = new ArrayList<>();
    private final List<Ignored> ignored = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final IdentityHashMap<HasMetadata, Place> places = new IdentityHashMap<>();

    Reading(String origin) {
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
      String subject = subject(object);
      String group = apiVersion.textValue().replaceFirst("/.*", "");
      if (apiVersion.textValue().equals("v1") && kind.textValue().equals("List")) {
        object.path("items").forEach(item -> document(number, item));
      } else if (apiVersion.textValue().equals("v1") && kind.textValue().equals("Secret")) {
        secret(number, subject, object);
      } else if (apiVersion.textValue().equals("v1")
          && kind.textValue().equals("ConfigMap")
          && object.at(INPUT_LABEL).asText().equals("true")) {
        configMap(number, subject, object);
      } else if (!group.equals(Api.GROUP)) {
        ignored.add(new Ignored(origin, number, subject));
      } else if (!apiVersion.textValue().equals(Api.GROUP + "/" + Api.VERSION)) {
        problem(
            number,
            subject,
            new Violation(
                "apiVersion",
                "no version '"
                    + printable(apiVersion.textValue())
                    + "' is known here: write "
                    + Api.GROUP
                    + "/"
                    + Api.VERSION));
      } else {
        switch (kind.textValue()) {
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
                          + printable(kind.textValue())
                          + "' is known here: write RootCA, ServerCert or ClientCert"));
        }
      }
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
        // the schema lets any integer through; the message of the reader could quote a value
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
              wrong.add(
                  new Violation("data." + key, "is not base64: use stringData for plain text"));
            }
          });
      // as the API server reads it: lines may be folded
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
            new SecretBuilder(secret)
                .withData(data)
                .withStringData(Map.<String, String>of())
                .build();
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
        problem(
            number, subject, new Violation("", "not a ConfigMap: a field is of the wrong type"));
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

    /** Names come from files: nothing in them may move the cursor of a terminal. */
    private static String printable(String text) {
      String shown = text.replaceAll("[^\\x20-\\x7E]", "?");
      return shown.length() > 80 ? shown.substring(0, 80) + "..." : shown;
    }
  }
}
