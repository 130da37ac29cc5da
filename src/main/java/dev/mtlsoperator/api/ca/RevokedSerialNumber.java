package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.RevokedReason;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A certificate to revoke for which there is no resource. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RevokedSerialNumber(
    @JsonPropertyDescription(
            "Serial number in hexadecimal, as openssl, browsers or certutil print it, such as 0A:1B:2C or 0a1b2c.")
        @Required
        String serialNumber,
    @JsonPropertyDescription(
            "Why, as the CRL tells (RFC 5280 section 5.3.1); omitted: the CRL tells no reason.")
        @Nullable RevokedReason reason) {}
