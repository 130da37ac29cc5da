package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Resources of a kind: one with a few edits at places of its schema, each to a value that is valid
 * there, almost valid, or valid elsewhere. They shrink to the edits that matter.
 */
final class RandomResources {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Fields that rules compare with others. */
  private static final Set<String> TELLING =
      Set.of(
          "commonName",
          "dnsNames",
          "ipAddresses",
          "literalSubject",
          "duration",
          "renewBefore",
          "overlap",
          "secretName",
          "algorithm",
          "encoding",
          "kind",
          "name",
          "size",
          "certificates",
          "truststore");

  /**
   * A field that is set.
   *
   * @param path fields and indexes from the resource down
   * @param value what it becomes; null: it is left out
   */
  private record Edit(List<Object> path, @Nullable JsonNode value) {}

  private final JsonNode schema;
  private final List<Tuple.Tuple2<Integer, Arbitrary<Edit>>> places = new ArrayList<>();

  private RandomResources(ObjectNode base, JsonNode schema) {
    this.schema = schema;
    walk(List.of("spec"), schema.get("properties").get("spec"));
    base.get("spec")
        .fieldNames()
        .forEachRemaining(
            field ->
                places.add(Tuple.of(3, Arbitraries.just(new Edit(List.of("spec", field), null)))));
    places.add(
        Tuple.of(
            12,
            Arbitraries.of(Samples.RESOURCES)
                .map(name -> new Edit(List.of("metadata", "name"), JSON.textNode(name)))));
  }

  /**
   * Those of a kind.
   *
   * @param starts what is edited: first a small valid one, which every second is, then others
   * @param schema of its CRD
   */
  static Arbitrary<ObjectNode> of(List<ObjectNode> starts, JsonNode schema) {
    RandomResources resources = new RandomResources(starts.get(0), schema);
    return Combinators.combine(
            Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(starts.get(0))), Tuple.of(1, Arbitraries.of(starts))),
            Arbitraries.frequencyOf(resources.places).list().ofMaxSize(8))
        .as(resources::edited);
  }

  private ObjectNode edited(ObjectNode start, List<Edit> edits) {
    ObjectNode resource = start.deepCopy();
    for (Edit edit : edits) {
      apply(edit, resource);
    }
    return resource;
  }

  private void apply(Edit edit, ObjectNode resource) {
    JsonNode here = resource;
    JsonNode type = schema;
    List<Object> path = edit.path();
    for (Object step : path.subList(0, path.size() - 1)) {
      type = step instanceof String field ? type.at("/properties/" + field) : type.get("items");
      here = step instanceof String field ? field(here, field, type) : item(here, (int) step, type);
    }
    if (!(here instanceof ObjectNode parent)) {
      return; // another edit has put something else there
    }
    String last = (String) path.get(path.size() - 1);
    if (edit.value() == null) {
      parent.remove(last);
    } else {
      parent.set(last, edit.value().deepCopy());
    }
  }

  private static JsonNode field(JsonNode here, String field, JsonNode type) {
    if (here instanceof ObjectNode object && !object.has(field)) {
      object.set(field, type.get("type").asText().equals("array") ? JSON.arrayNode() : valid(type));
    }
    return here.path(field);
  }

  private static JsonNode item(JsonNode here, int index, JsonNode type) {
    while (here instanceof ArrayNode array && array.size() <= index) {
      array.add(valid(type));
    }
    return here.path(index);
  }

  /** An object with what is required of it. */
  private static ObjectNode valid(JsonNode type) {
    ObjectNode object = JSON.objectNode();
    for (JsonNode name : type.path("required")) {
      JsonNode field = type.get("properties").get(name.textValue());
      object.put(
          name.textValue(),
          field.has("enum")
              ? field.get("enum").get(1).textValue()
              : Samples.of(name.textValue()).get(0));
    }
    return object;
  }

  private void walk(List<Object> path, JsonNode type) {
    String name = String.valueOf(path.get(path.size() - 1));
    JsonNode items = type.path("items");
    if (type.has("properties")) {
      if (path.size() > 1) {
        add(1, path, Arbitraries.of(JSON.objectNode(), JSON.nullNode()));
      }
      type.get("properties")
          .properties()
          .forEach(entry -> walk(plus(path, entry.getKey()), entry.getValue()));
    } else if (type.has("additionalProperties")) {
      add(8, path, RandomValues.map(type, name));
    } else if (items.has("properties")) {
      add(1, path, RandomValues.copies(type, valid(items)));
      walk(plus(path, 0), items);
      walk(plus(path, 1), items);
    } else if (type.has("items")) {
      add(
          TELLING.contains(name) ? 12 : 6,
          path,
          RandomValues.list(type, RandomValues.scalar(items, name)));
    } else {
      add(TELLING.contains(name) ? 16 : 6, path, RandomValues.scalar(type, name));
    }
  }

  private static List<Object> plus(List<Object> path, Object step) {
    List<Object> longer = new ArrayList<>(path);
    longer.add(step);
    return longer;
  }

  private void add(int weight, List<Object> path, Arbitrary<? extends JsonNode> values) {
    if (path.get(path.size() - 1) instanceof String) {
      places.add(
          Tuple.of(weight, values.optional(0.95).map(value -> new Edit(path, value.orElse(null)))));
    }
  }
}
