package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Why and when the certificate in service was issued. */
public record LastIssuance(
    @JsonPropertyDescription("The rule that asked for it, such as RenewalDue.")
        @Required
        @Size(min = 1, max = 1024)
        String reason,
    @JsonPropertyDescription("When (RFC 3339).") @Required @Size(max = 64) String time) {}
