package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.Lists;
import dev.mtlsoperator.api.Subject;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link ServerCert} is to be. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ServerCertSpec(
    @JsonPropertyDescription("The RootCA that signs this certificate.") @Required
        RootCARef rootCARef,
    @JsonPropertyDescription(
            "The RootCAs whose certificates the holder verifies: what ca.crt and the truststore hold. By default that of rootCARef; where some are given, only they.")
        List<RootCARef> trustedCARefs,
    @JsonPropertyDescription(
            "Name of the Secret that is written; it cannot be changed later. Default: the name of the resource.")
        @Nullable String secretName,
    @JsonPropertyDescription(
            "Common name (CN), at most 64 characters. One that looks like a DNS name must be among dnsNames.")
        @Nullable String commonName,
    @JsonPropertyDescription("Further attributes of the distinguished name.")
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
            "Life of one certificate, counted from issue, such as 90d; from 1h to 36525d. Shortened where the CA ends earlier.")
        @Default(Defaults.LEAF_DURATION)
        String duration,
    @JsonPropertyDescription(
            "How long before its end the certificate is renewed; less than duration. Default: a third of duration. Never sooner than a tenth of its life after issue.")
        @Nullable String renewBefore,
    @JsonPropertyDescription("The private key.") @Default("{}") PrivateKey privateKey,
    @JsonPropertyDescription("Keystores beside the PEM files.") @Default("{}") Keystores keystores,
    @JsonPropertyDescription(
            "Further files in the Secret. CombinedPEM: tls-combined.pem (key, certificate, chain; as HAProxy reads it). DER: key.der (PKCS#8).")
        List<AdditionalFormat> additionalFormats,
    @JsonPropertyDescription("Labels and annotations for the Secret.")
        SecretTemplate secretTemplate,
    @JsonPropertyDescription(
            "Workloads in the same namespace that restart when the content of the Secret changes, where the operator was started with --rollout-restart.")
        List<Workload> rolloutRestart)
    implements LeafSpec {

  public ServerCertSpec {
    trustedCARefs = Lists.orEmpty(trustedCARefs);
    dnsNames = Lists.orEmpty(dnsNames);
    ipAddresses = Lists.orEmpty(ipAddresses);
    duration = duration == null ? Defaults.LEAF_DURATION : duration;
    privateKey = privateKey == null ? PrivateKey.defaults() : privateKey;
    keystores = keystores == null ? Keystores.defaults() : keystores;
    additionalFormats = Lists.orEmpty(additionalFormats);
    secretTemplate = secretTemplate == null ? SecretTemplate.none() : secretTemplate;
    rolloutRestart = Lists.orEmpty(rolloutRestart);
  }

  @Override
  @JsonIgnore
  public List<String> uris() {
    return List.of();
  }

  @Override
  @JsonIgnore
  public List<String> emailAddresses() {
    return List.of();
  }
}
