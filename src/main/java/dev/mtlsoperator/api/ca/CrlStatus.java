package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** What a RootCA's status says about its certificate revocation lists. */
public record CrlStatus(
    @JsonPropertyDescription("The highest CRL number of its generations.")
        @Required
        @Size(min = 1, max = 64)
        String number,
    @JsonPropertyDescription("When the newest one was issued (RFC 3339).") @Required @Size(max = 64)
        String thisUpdate,
    @JsonPropertyDescription("When the first one expires unless it is replaced (RFC 3339).")
        @Required
        @Size(max = 64)
        String nextUpdate,
    @JsonPropertyDescription("How many certificates are revoked.") @Required Integer revoked,
    @JsonPropertyDescription(
            "Whether the trust bundles contain the lists: once every CA in them has had a current one.")
        @Required
        Boolean published) {}
