package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Reason and time of the last issuance. */
public record LastIssuance(
    @JsonPropertyDescription("The reason for the issuance, such as RenewalDue.")
        @Required
        @Size(min = 1, max = 1024)
        String reason,
    @JsonPropertyDescription("When (RFC 3339).") @Required @Size(max = 64) String time) {}
