package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.Lists;
import dev.mtlsoperator.api.Subject;
import dev.mtlsoperator.api.Usage;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Desired state of a {@link ClientCert}. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClientCertSpec(
    @JsonPropertyDescription("The RootCA that signs this certificate.") @Required
        RootCARef rootCARef,
    @JsonPropertyDescription(
            "The RootCAs that the holder trusts: ca.crt and the truststore contain their certificates. By default only the RootCA of rootCARef; if any are listed, only those.")
        List<RootCARef> trustedCARefs,
    @JsonPropertyDescription(
            "Name of the Secret to write; immutable. Default: the name of the resource.")
        @Nullable String secretName,
    @JsonPropertyDescription(
            "Common name (CN), at most 64 characters: the name of a user or service, such as jane.doe.")
        @Nullable String commonName,
    @JsonPropertyDescription("Additional attributes of the distinguished name.")
        @Nullable Subject subject,
    @JsonPropertyDescription(
            "The whole distinguished name as an RFC 4514 string, instead of commonName and subject. Most specific attribute first, such as CN=web,O=Example,C=CN.")
        @Nullable String literalSubject,
    @JsonPropertyDescription(
            "DNS subject alternative names, in lower case; a wildcard only as the whole leftmost label; internationalised names as A-labels (xn--...).")
        List<String> dnsNames,
    @JsonPropertyDescription("IP address subject alternative names, IPv4 or IPv6.")
        List<String> ipAddresses,
    @JsonPropertyDescription(
            "URI subject alternative names, such as spiffe://example.org/ns/shop/sa/web.")
        List<String> uris,
    @JsonPropertyDescription("E-mail address (rfc822Name) subject alternative names.")
        List<String> emailAddresses,
    @JsonPropertyDescription(
            "What the certificate is for, as extended key usages; by default only client. Give [client, server] for peers that dial and serve with the same certificate, such as SPIFFE workloads. A RootCA with a policy must allow the second one by policy.usages.")
        List<Usage> usages,
    @JsonPropertyDescription(
            "Validity period of one certificate, from its issuance, such as 90d; from 1h to 36525d. Shortened if the CA expires earlier.")
        @Default(Defaults.LEAF_DURATION)
        String duration,
    @JsonPropertyDescription(
            "How long before its expiry the certificate is renewed; less than duration. Default: a third of duration. A certificate is never renewed in the first tenth of its validity.")
        @Nullable String renewBefore,
    @JsonPropertyDescription("The private key.") @Default("{}") PrivateKey privateKey,
    @JsonPropertyDescription("Keystores in addition to the PEM files.") @Default("{}")
        Keystores keystores,
    @JsonPropertyDescription(
            "Additional files in the Secret. CombinedPEM: tls-combined.pem (key, certificate, chain; as HAProxy reads it). DER: key.der (PKCS#8).")
        List<AdditionalFormat> additionalFormats,
    @JsonPropertyDescription("Labels and annotations for the Secret.")
        SecretTemplate secretTemplate,
    @JsonPropertyDescription(
            "Workloads in the same namespace to restart when the content of the Secret changes, if the operator runs with --rollout-restart.")
        List<Workload> rolloutRestart,
    @JsonPropertyDescription(
            "What happens to the Secret when this resource is deleted. Delete: it is garbage collected, with the key in use. Retain: it remains, complete but renewed no more, and a resource of the same kind, name and secretName uses it again.")
        @Default("Delete")
        DeletionPolicy deletionPolicy,
    @JsonPropertyDescription(
            "Whether the Secret also contains ca.crl, the certificate revocation lists of the trusted CAs, for gateways that read it next to ca.crt. Only with a current list of every CA in ca.crt; each of these RootCAs needs spec.revocation.")
        @Default("false")
        Boolean revocations,
    @JsonPropertyDescription(
            "Takes the certificate out of service: every unexpired certificate that was issued for this resource is revoked, and the Secret is deleted. Removed again, a new certificate is issued; those of before stay revoked. The RootCA needs spec.revocation.")
        @Nullable Revoked revoked)
    implements LeafSpec {

  public ClientCertSpec {
    trustedCARefs = Lists.orEmpty(trustedCARefs);
    dnsNames = Lists.orEmpty(dnsNames);
    ipAddresses = Lists.orEmpty(ipAddresses);
    uris = Lists.orEmpty(uris);
    emailAddresses = Lists.orEmpty(emailAddresses);
    usages = Lists.orEmpty(usages);
    duration = duration == null ? Defaults.LEAF_DURATION : duration;
    privateKey = privateKey == null ? PrivateKey.defaults() : privateKey;
    keystores = keystores == null ? Keystores.defaults() : keystores;
    additionalFormats = Lists.orEmpty(additionalFormats);
    secretTemplate = secretTemplate == null ? SecretTemplate.none() : secretTemplate;
    rolloutRestart = Lists.orEmpty(rolloutRestart);
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.Delete : deletionPolicy;
    revocations = revocations != null && revocations;
  }
}
