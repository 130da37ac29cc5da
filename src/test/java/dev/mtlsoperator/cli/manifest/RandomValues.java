package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Values for the fields of a schema: from {@link Samples}, as they are, altered or stretched. */
final class RandomValues {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Sizes of keys. */
  private static final List<Long> SIZES =
      List.of(256L, 384L, 521L, 2048L, 3072L, 4096L, 0L, -1L, 1024L, 257L, 8192L, 2147483647L);

  private RandomValues() {}

  /** A text, a number, a boolean; rarely one of another type. */
  static Arbitrary<JsonNode> scalar(JsonNode type, String name) {
    Arbitrary<JsonNode> usual =
        switch (type.get("type").asText()) {
          case "boolean" -> Arbitraries.of(true, false).map(JSON::booleanNode);
          case "integer" -> Arbitraries.of(SIZES).map(JSON::numberNode);
          default ->
              type.has("enum")
                  ? Arbitraries.of(IntStream.range(0, type.get("enum").size()).boxed().toList())
                      .map(i -> type.get("enum").get(i))
                  : text(type, name).map(JSON::textNode);
        };
    Arbitrary<JsonNode> wrong =
        Arbitraries.of(
            JSON.nullNode(), JSON.booleanNode(true), JSON.numberNode(7), JSON.textNode("Wrong"));
    return Arbitraries.frequencyOf(Tuple.of(120, usual), Tuple.of(1, wrong));
  }

  private static Arbitrary<String> text(JsonNode type, String name) {
    Arbitrary<String> own = Arbitraries.of(Samples.of(name));
    Arbitrary<String> valid = Arbitraries.of(Samples.of(name).subList(0, 3));
    int longest = type.get("maxLength").intValue();
    return Arbitraries.frequencyOf(
        Tuple.of(35, valid),
        Tuple.of(45, own),
        Tuple.of(10, Arbitraries.of(Samples.ALL)),
        Tuple.of(
            25,
            Combinators.combine(own, place(), Arbitraries.of(Samples.ODD)).as(RandomValues::odd)),
        Tuple.of(6, own.map(text -> stretched(text, longest))),
        Tuple.of(1, own.map(text -> stretched(text, longest) + "a")),
        Tuple.of(1, Arbitraries.just("")));
  }

  private static Arbitrary<Integer> place() {
    return Arbitraries.integers().between(0, 99);
  }

  /** With something odd put in or instead of a character, at its end in many cases. */
  private static String odd(String text, int place, String odd) {
    int[] points = text.codePoints().toArray();
    int at = place >= 60 ? points.length : points.length * place / 60;
    String before = new String(points, 0, at);
    int rest = place % 2 == 0 || at == points.length ? at : at + 1;
    return before + odd + new String(points, rest, points.length - rest);
  }

  /** As long as may be, by more of its first character. */
  private static String stretched(String text, int longest) {
    int[] points = text.codePoints().toArray();
    if (points.length == 0 || longest > 4096) {
      return text;
    }
    return points.length >= longest
        ? new String(points, 0, longest)
        : Character.toString(points[0]).repeat(longest - points.length) + text;
  }

  /** A list of up to three, rarely of too many. */
  static Arbitrary<JsonNode> list(JsonNode type, Arbitrary<JsonNode> item) {
    return Arbitraries.frequencyOf(
        Tuple.of(60, item.list().ofMaxSize(3).map(RandomValues::array)),
        Tuple.of(
            1,
            item.map(
                one -> {
                  List<JsonNode> many = new ArrayList<>();
                  IntStream.rangeClosed(0, type.get("maxItems").intValue())
                      .forEach(
                          i ->
                              many.add(one.isTextual() ? JSON.textNode(one.textValue() + i) : one));
                  return array(many);
                })));
  }

  /** Objects that are the same or, where there are many, differ in their names. */
  static Arbitrary<JsonNode> copies(JsonNode type, ObjectNode item) {
    int most = type.get("maxItems").intValue();
    return Arbitraries.frequency(
            Tuple.of(4, 0), Tuple.of(2, 2), Tuple.of(1, most), Tuple.of(1, most + 1))
        .map(
            count ->
                array(
                    IntStream.range(0, count)
                        .mapToObj(
                            i -> {
                              ObjectNode copy = item.deepCopy();
                              return (JsonNode)
                                  (count > 2 && copy.has("name")
                                      ? copy.put("name", "copy-" + i)
                                      : copy);
                            })
                        .toList()));
  }

  private static ArrayNode array(List<JsonNode> items) {
    return JSON.arrayNode().addAll(items);
  }

  /** A map with the keys of labels and annotations, rarely too large. */
  static Arbitrary<JsonNode> map(JsonNode type, String name) {
    Arbitrary<String> own = Arbitraries.of(Samples.KEYS);
    Arbitrary<String> key =
        Arbitraries.frequencyOf(
            Tuple.of(4, own),
            Tuple.of(
                1,
                Combinators.combine(own, place(), Arbitraries.of(Samples.ODD))
                    .as(RandomValues::odd)));
    int most = type.get("maxProperties").intValue();
    Arbitrary<Integer> sizes =
        Arbitraries.frequency(Tuple.of(80, 2), Tuple.of(1, most), Tuple.of(1, most + 1));
    return sizes.flatMap(
        size ->
            Arbitraries.maps(key, scalar(type.get("additionalProperties"), name))
                .ofMaxSize(2)
                .map(
                    entries -> {
                      ObjectNode map = JSON.objectNode();
                      IntStream.range(2, size).forEach(i -> map.put("key-" + i, "value"));
                      entries.forEach(map::set);
                      return map;
                    }));
  }
}
