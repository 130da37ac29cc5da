package dev.mtlsoperator.operator;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.deser.std.NumberDeserializers;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * Reads an integer that is out of its type's range as the nearest value in range. The schemas do
 * not bound the numbers in a status, and one that cannot be read would end the watch on all
 * resources of its kind, and thereby the operator.
 */
final class SaturatingNumbers extends SimpleModule {
  private static final long serialVersionUID = 1L;

  SaturatingNumbers() {
    super("saturating-numbers");
    addDeserializer(
        Integer.class, new Saturating<>(Integer.class, Integer.MIN_VALUE, Integer.MAX_VALUE));
    addDeserializer(
        Integer.TYPE, new Saturating<>(Integer.TYPE, Integer.MIN_VALUE, Integer.MAX_VALUE));
    addDeserializer(Long.class, new Saturating<>(Long.class, Long.MIN_VALUE, Long.MAX_VALUE));
    addDeserializer(Long.TYPE, new Saturating<>(Long.TYPE, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static final class Saturating<N extends Number> extends StdScalarDeserializer<N> {
    private static final long serialVersionUID = 1L;

    /** Longer texts are not parsed as numbers. */
    private static final int LONGEST = 100;

    private final transient JsonDeserializer<?> usual;
    private final N lowest;
    private final N highest;

    Saturating(Class<N> type, N lowest, N highest) {
      super(type);
      this.usual = NumberDeserializers.find(type, type.getName());
      this.lowest = lowest;
      this.highest = highest;
    }

    @Override
    @SuppressWarnings("unchecked")
    public N deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      Optional<BigDecimal> number = number(parser);
      if (number
          .filter(n -> n.compareTo(BigDecimal.valueOf(lowest.longValue())) <= 0)
          .isPresent()) {
        return lowest;
      }
      if (number
          .filter(n -> n.compareTo(BigDecimal.valueOf(highest.longValue())) >= 0)
          .isPresent()) {
        return highest;
      }
      return (N) usual.deserialize(parser, context);
    }

    // in YAML, a number is a text
    private static Optional<BigDecimal> number(JsonParser parser) throws IOException {
      JsonToken token = parser.currentToken();
      if (token != null && token.isNumeric()) {
        return Optional.of(parser.getDecimalValue());
      }
      try {
        return token == JsonToken.VALUE_STRING && parser.getTextLength() <= LONGEST
            ? Optional.of(new BigDecimal(parser.getText().trim()))
            : Optional.empty();
      } catch (NumberFormatException e) {
        // the usual deserializer reports what is wrong
        return Optional.empty();
      }
    }

    @Override
    @SuppressWarnings("unchecked")
    public N getNullValue(DeserializationContext context) throws JsonMappingException {
      return (N) usual.getNullValue(context);
    }
  }
}
