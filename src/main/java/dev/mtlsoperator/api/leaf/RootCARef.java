package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A reference to a {@link RootCA}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RootCARef(
    @JsonPropertyDescription("Name of the RootCA.") @Required String name,
    @JsonPropertyDescription(
            "Namespace of the RootCA; by default that of this resource. Any other namespace must allow this one (RootCA.spec.allowedNamespaces).")
        @Nullable String namespace) {

  /** A reference to a RootCA in the same namespace. */
  public static RootCARef named(String name) {
    return new RootCARef(name, null);
  }

  /** The RootCA that a resource in namespace {@code own} refers to. */
  CAName saidIn(String own) {
    return new CAName(namespace == null ? own : namespace, name);
  }
}
