package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.Lists;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.Subject;
import io.fabric8.generator.annotation.Default;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Desired state of a {@link RootCA}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RootCASpec(
    @JsonPropertyDescription("Common name (CN) of the CA, at most 64 characters.")
        @Nullable String commonName,
    @JsonPropertyDescription("Additional attributes of the CA's distinguished name.")
        @Nullable Subject subject,
    @JsonPropertyDescription(
            "The whole distinguished name as an RFC 4514 string, instead of commonName and subject. Most specific attribute first, such as CN=root,O=Example,C=CN.")
        @Nullable String literalSubject,
    @JsonPropertyDescription(
            "Validity period of one generation of the CA, such as 3650d; from 1h to 36525d (100 years).")
        @Default(Defaults.CA_DURATION)
        String duration,
    @JsonPropertyDescription(
            "How long before a generation expires the next one is created; by default a third of duration. It is created earlier if the longest certificate and twice rotation.overlap require it.")
        @Nullable String renewBefore,
    @JsonPropertyDescription("The CA's private key.") @Default("{}") CAPrivateKey privateKey,
    @JsonProperty("import")
        @JsonPropertyDescription(
            "Imports your own CA, a root or an intermediate, instead of creating one. Each new content of the Secret becomes a generation, with a copy of certificate, chain and key, which replaces the last one as in any rotation. Names and name constraints come from the certificate; duration and privateKey are ignored. The operator requests new content when less than renewBefore (by default a third of the certificate's validity) remains.")
        @Nullable ImportSource importFrom,
    @JsonPropertyDescription(
            "The names that the CA may sign for, as a critical extension of its certificate (RFC 5280 section 4.2.1.10). Verifiers check it, and the operator checks it before it issues anything. An edit starts the next generation and takes effect with it.")
        @Nullable NameConstraints nameConstraints,
    @JsonPropertyDescription(
            "The namespaces whose certificates may refer to this CA, by rootCARef and by trustedCARefs. Namespaces other than its own require a policy.")
        @Default("{}")
        Namespaces allowedNamespaces,
    @JsonPropertyDescription(
            "The certificates that the CA signs: for each type of name only what is listed. The encoded certificate is checked before it is published. In the subject, O, OU, C, ST, L, street, postal code and DC are allowed with the values of the CA's own subject. Without a policy the CA signs everything for its own namespace. An edit applies from the next issuance on.")
        @Nullable Policy policy,
    @JsonPropertyDescription(
            "Additional copies of the trust bundle, each in the format that its consumers need. The ConfigMap <name>-trust is always created.")
        List<TrustBundle> trustBundles,
    @JsonPropertyDescription(
            "CA certificates of others, which are added to every trust bundle of this CA and to ca.crt of its certificates, at most 384 KiB in PEM. Each is judged by itself: those that expired or cannot be used are omitted, and the condition TrustBlocked names them.")
        List<AdditionalTrust> additionalTrust,
    @JsonPropertyDescription("How the next generation replaces the last one.") @Default("{}")
        Rotation rotation,
    @JsonPropertyDescription(
            "What happens to the CA's Secrets and trust bundles when the RootCA is deleted. Retain: they remain. Delete: they are garbage collected.")
        @Default("Retain")
        DeletionPolicy deletionPolicy,
    @JsonPropertyDescription(
            "Labels and annotations for the CA's own objects: the Secrets of its generations and the ConfigMap <name>-trust. Copies of the trust bundle have their own under trustBundles.")
        ObjectMetadata objectMetadata,
    @JsonPropertyDescription(
            "Makes the CA publish a certificate revocation list (CRL): in ca.crl of the ConfigMap <name>-trust, under keys.revocations of trustBundles, and in the Secrets of certificates with spec.revocations. Omitted: there is none, and gateways that are configured to read one find none.")
        @Nullable Revocation revocation) {

  public RootCASpec {
    duration = duration == null ? Defaults.CA_DURATION : duration;
    privateKey = privateKey == null ? new CAPrivateKey(KeyAlgorithm.ECDSA, null) : privateKey;
    allowedNamespaces = allowedNamespaces == null ? Namespaces.same() : allowedNamespaces;
    trustBundles = Lists.orEmpty(trustBundles);
    additionalTrust = Lists.orEmpty(additionalTrust);
    rotation = rotation == null ? Rotation.defaults() : rotation;
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.Retain : deletionPolicy;
    objectMetadata = objectMetadata == null ? ObjectMetadata.none() : objectMetadata;
  }

  /**
   * Whether resources of a namespace may refer to this CA. Those of its own namespace may; those of
   * others need {@code allowedNamespaces} to include theirs, and a {@code policy}.
   *
   * @param own the namespace of the RootCA
   * @param labels of the other namespace; empty: unknown, so no selector matches
   */
  public boolean admits(
      String own, String namespace, Function<String, Optional<Map<String, String>>> labels) {
    return own.equals(namespace)
        || (policy != null && allowedNamespaces.include(own, namespace, labels.apply(namespace)));
  }
}
