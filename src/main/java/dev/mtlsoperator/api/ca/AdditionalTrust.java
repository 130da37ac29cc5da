package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Certificates of other CAs that are added to the trust bundles of a {@link RootCA}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AdditionalTrust(
    @JsonPropertyDescription("CA certificates in PEM.") @Nullable String pem,
    @JsonPropertyDescription("A ConfigMap that holds them.") @Nullable TrustInputRef configMapRef,
    @JsonPropertyDescription("A Secret that holds them.") @Nullable TrustInputRef secretRef) {}
