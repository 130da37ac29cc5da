package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** Names the {@link RootCA} that signs, in the same namespace. */
public record RootCARef(
    @JsonPropertyDescription("Name of the RootCA in the same namespace.") @Required String name) {}
