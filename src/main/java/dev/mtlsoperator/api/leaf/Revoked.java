package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.RevokedReason;
import org.jspecify.annotations.Nullable;

/** That certificates are revoked, and why. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Revoked(
    @JsonPropertyDescription(
            "Why, as the CRL tells (RFC 5280 section 5.3.1); omitted: the CRL tells no reason.")
        @Nullable RevokedReason reason) {}
