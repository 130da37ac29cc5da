package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * An existing CA in a Secret of the same namespace, whose owner consents by the label {@link
 * Api#INPUT_LABEL}.
 */
public record ImportSource(
    @JsonPropertyDescription(
            "Name of a Secret in the same namespace that carries the label mtls-operator.dev/input: \"true\". Its tls.crt holds the CA's certificate, the intermediates above it and cross-certificates, its tls.key the CA's private key (not encrypted; RSA up to 8192 bits), and the self-signed root is in tls.crt or in ca.crt. Other CA certificates in ca.crt are trusted like those of additionalTrust.")
        @Required
        String secretName) {}
