package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import io.fabric8.generator.annotation.Required;

/**
 * A key of a ConfigMap or Secret in the same namespace, whose owner consents by the label {@link
 * Api#INPUT_LABEL}.
 */
public record TrustInputRef(
    @JsonPropertyDescription(
            "Name of an object in the same namespace that carries the label mtls-operator.dev/input: \"true\".")
        @Required
        String name,
    @JsonPropertyDescription(
            "Key in it (of a ConfigMap in data or binaryData), by default "
                + Defaults.CERTIFICATES_KEY
                + "; its value is PEM with CA certificates, such as the bundle of a whole system.")
        String key) {

  public TrustInputRef {
    key = key == null ? Defaults.CERTIFICATES_KEY : key;
  }
}
