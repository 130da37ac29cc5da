package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The names that a CA may sign for (RFC 5280 section 4.2.1.10). */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NameConstraints(
    @JsonPropertyDescription(
            "The only names that certificates may have, for each type of name that is listed; names of other types are not restricted.")
        @Nullable NameSubtrees permitted,
    @JsonPropertyDescription("Names that certificates may not have, even if they are permitted.")
        @Nullable NameSubtrees excluded) {}
