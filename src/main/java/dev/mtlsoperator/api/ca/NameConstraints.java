package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** For which names a CA may sign (RFC 5280 section 4.2.1.10). */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NameConstraints(
    @JsonPropertyDescription(
            "The only names that certificates may have, for each kind of name that is given here; other kinds are free.")
        @Nullable NameSubtrees permitted,
    @JsonPropertyDescription("Names that certificates may not have, permitted or not.")
        @Nullable NameSubtrees excluded) {}
