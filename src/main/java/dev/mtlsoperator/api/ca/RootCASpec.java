package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.Lists;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.Subject;
import io.fabric8.generator.annotation.Default;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link RootCA} is to be. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RootCASpec(
    @JsonPropertyDescription("Common name (CN) of the CA, at most 64 characters.")
        @Nullable String commonName,
    @JsonPropertyDescription("Further attributes of the CA's distinguished name.")
        @Nullable Subject subject,
    @JsonPropertyDescription(
            "The whole distinguished name as an RFC 4514 string, instead of commonName and subject. Most specific attribute first, such as CN=root,O=Example,C=CN.")
        @Nullable String literalSubject,
    @JsonPropertyDescription(
            "Life of one generation of the CA, such as 3650d; from 1h to 36525d (100 years).")
        @Default(Defaults.CA_DURATION)
        String duration,
    @JsonPropertyDescription(
            "How long before the end of a generation the next one is made; by default a third of duration. It is made earlier where the longest certificate and twice rotation.overlap ask for it.")
        @Nullable String renewBefore,
    @JsonPropertyDescription("The CA's private key.") @Default("{}") CAPrivateKey privateKey,
    @JsonProperty("import")
        @JsonPropertyDescription(
            "Bring your own CA, a root or an intermediate, instead of having one made here. Each new content of the Secret becomes a generation of its own, with a copy of certificate, chain and key, and the last one is replaced by it as in any rotation. Names and name constraints come from the certificate; duration and privateKey are not looked at, and new content is asked for when renewBefore (by default a third of the certificate's life) is left.")
        @Nullable ImportSource importFrom,
    @JsonPropertyDescription(
            "For which names the CA may sign, as a critical extension of its certificate (RFC 5280 section 4.2.1.10) that verifiers check, and checked before anything is issued. An edit takes effect with the next generation, which it asks for.")
        @Nullable NameConstraints nameConstraints,
    @JsonPropertyDescription(
            "The namespaces whose certificates may refer to this CA, by rootCARef and by trustedCARefs. Others than its own need a policy.")
        @Default("{}")
        Namespaces allowedNamespaces,
    @JsonPropertyDescription(
            "What it signs, judged on the certificate as encoded before it is published: of each kind of name only what is listed. Of the subject, O, OU, C, ST, L, street, postal code and DC are allowed as they stand in the CA's own subject. Without a policy it signs everything, for its own namespace. An edit holds from the next issue on.")
        @Nullable Policy policy,
    @JsonPropertyDescription(
            "Further copies of the CA's public side, each in the form that a consumer wants. The ConfigMap <name>-trust is always made.")
        List<TrustBundle> trustBundles,
    @JsonPropertyDescription(
            "CA certificates of others, which are added to every trust bundle of this CA and to ca.crt of its certificates; expired ones are left out.")
        List<AdditionalTrust> additionalTrust,
    @JsonPropertyDescription("How a generation is replaced by the next one.") @Default("{}")
        Rotation rotation,
    @JsonPropertyDescription(
            "What becomes of the CA's Secrets and trust bundles when the RootCA is deleted. Retain: they stay. Delete: they are garbage collected.")
        @Default("Retain")
        DeletionPolicy deletionPolicy) {

  public RootCASpec {
    duration = duration == null ? Defaults.CA_DURATION : duration;
    privateKey = privateKey == null ? new CAPrivateKey(KeyAlgorithm.ECDSA, null) : privateKey;
    allowedNamespaces = allowedNamespaces == null ? Namespaces.same() : allowedNamespaces;
    trustBundles = Lists.orEmpty(trustBundles);
    additionalTrust = Lists.orEmpty(additionalTrust);
    rotation = rotation == null ? Rotation.defaults() : rotation;
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.Retain : deletionPolicy;
  }
}
