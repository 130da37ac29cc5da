package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/**
 * Failed attempts since the last success; kept in status so that the back-off survives a restart.
 */
public record Failures(
    @JsonPropertyDescription("Number of attempts that failed in a row.") @Required int count,
    @JsonPropertyDescription("When the last one failed (RFC 3339).") @Required @Size(max = 64)
        String lastTime,
    @JsonPropertyDescription("When the next attempt is made (RFC 3339).") @Required @Size(max = 64)
        String nextTry) {}
