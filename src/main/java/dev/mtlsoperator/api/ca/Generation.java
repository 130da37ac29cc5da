package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** One generation of a CA: a certificate and its key, in an immutable Secret. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Generation(
    @JsonPropertyDescription("Number of the generation, from 1; never used twice.") @Required
        int generation,
    @JsonPropertyDescription("Name of the Secret that holds its certificate and key.")
        @Required
        @Size(max = 253)
        String secretName,
    @JsonPropertyDescription("What the generation does at present.") @Required
        GenerationState state,
    @JsonPropertyDescription("Serial number of its certificate, in hexadecimal.")
        @Required
        @Size(max = 64)
        String serialNumber,
    @JsonPropertyDescription("SHA-256 of its certificate, as sha256:<hex>.")
        @Required
        @Size(max = 80)
        String fingerprint,
    @JsonPropertyDescription("Start of its validity (RFC 3339).") @Required @Size(max = 64)
        String notBefore,
    @JsonPropertyDescription("End of its validity (RFC 3339).") @Required @Size(max = 64)
        String notAfter,
    @JsonPropertyDescription("Its certificate in PEM.") @Required @Size(max = 16384)
        String certificate,
    @JsonPropertyDescription(
            "How often the operator updated its Secret. A Secret with a lower number was restored from an older copy.")
        @Nullable Long revision) {

  /** The same generation in another state. */
  public Generation withState(GenerationState other) {
    return new Generation(
        generation,
        secretName,
        other,
        serialNumber,
        fingerprint,
        notBefore,
        notAfter,
        certificate,
        revision);
  }
}
