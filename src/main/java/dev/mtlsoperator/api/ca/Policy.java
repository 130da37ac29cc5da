package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.api.Lists;
import dev.mtlsoperator.api.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificates that a {@link RootCA} signs; whatever is not listed is refused. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Policy(
    @JsonPropertyDescription("The kinds of certificates that the CA signs; by default both.")
        List<LeafKind> kinds,
    @JsonPropertyDescription(
            "The extended key usages that the CA signs. By default each kind of certificate only with its own: server for a ServerCert, client for a ClientCert. [server, client] also allows certificates with both.")
        List<Usage> usages,
    @JsonPropertyDescription(
            "Patterns for common names (CN), such as *.{namespace}.svc: {namespace} stands for the namespace of the certificate's resource, * for one whole part between dots. Case-sensitive. Without any pattern, certificates may not have a common name.")
        List<String> commonNames,
    @JsonPropertyDescription(
            "Patterns for DNS names, such as *.{namespace}.svc: {namespace} stands for the namespace of the certificate's resource, * for exactly one whole label, which may be the wildcard of a certificate.")
        List<String> dnsNames,
    @JsonPropertyDescription("Ranges of IP addresses such as 10.0.0.0/8 or 2001:db8::/32.")
        List<String> ipRanges,
    @JsonPropertyDescription(
            "Patterns for URIs, such as spiffe://example.org/ns/{namespace}/sa/*: * stands for one whole segment of the path or one whole label of the host. URIs with a user, a query or a fragment are refused.")
        List<String> uris,
    @JsonPropertyDescription(
            "Patterns for e-mail addresses, in subject alternative names and in the subject, such as *@{namespace}.example.com: * stands for the whole part before the @, or for one whole label of the domain.")
        List<String> emailAddresses,
    @JsonPropertyDescription(
            "The longest validity period of a certificate, such as 90d; from 1h to 36525d. Not limited by default.")
        @Nullable String maxDuration) {

  public Policy {
    kinds = Lists.orEmpty(kinds);
    usages = Lists.orEmpty(usages);
    commonNames = Lists.orEmpty(commonNames);
    dnsNames = Lists.orEmpty(dnsNames);
    ipRanges = Lists.orEmpty(ipRanges);
    uris = Lists.orEmpty(uris);
    emailAddresses = Lists.orEmpty(emailAddresses);
  }

  public boolean namesNothing() {
    return commonNames.isEmpty()
        && dnsNames.isEmpty()
        && ipRanges.isEmpty()
        && uris.isEmpty()
        && emailAddresses.isEmpty();
  }
}
