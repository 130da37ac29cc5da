package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.Defaults;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;

/**
 * A key of a Secret in the same namespace, whose owner consents by the label {@link
 * Api#INPUT_LABEL}.
 */
public record PasswordSecretRef(
    @JsonPropertyDescription(
            "Name of a Secret in the same namespace that carries the label mtls-operator.dev/input: \"true\".")
        @Required
        String name,
    @JsonPropertyDescription(
            "Key in that Secret; its value is 1 to 128 printable ASCII characters.")
        @Default(Defaults.PASSWORD_KEY)
        String key) {

  public PasswordSecretRef {
    key = key == null ? Defaults.PASSWORD_KEY : key;
  }
}
