package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;

/** A requirement on labels, as in {@code metav1.LabelSelectorRequirement}. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LabelRequirement(
    @JsonPropertyDescription("Key of the label.") @Required String key,
    @JsonPropertyDescription(
            "In: the label has one of the values. NotIn: it has none of them, or is absent. Exists: it is present. DoesNotExist: it is absent.")
        @Required
        Operator operator,
    @JsonPropertyDescription("Values for In and NotIn.") List<String> values) {

  /** How a label is compared. */
  public enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist
  }

  public LabelRequirement {
    values = Lists.orEmpty(values);
  }

  boolean holdsFor(Map<String, String> labels) {
    String found = labels.get(key);
    return switch (operator) {
      case In -> found != null && values.contains(found);
      case NotIn -> found == null || !values.contains(found);
      case Exists -> found != null;
      case DoesNotExist -> found == null;
    };
  }
}
