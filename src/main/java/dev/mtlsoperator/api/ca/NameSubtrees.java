package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Lists;
import java.util.List;

/** Subtrees of the name space: names, each with all names below it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NameSubtrees(
    @JsonPropertyDescription(
            "DNS domains such as example.com, each with all names below it; no wildcard, no leading dot.")
        List<String> dnsDomains,
    @JsonPropertyDescription("Ranges of IP addresses such as 10.0.0.0/8 or 2001:db8::/32.")
        List<String> ipRanges,
    @JsonPropertyDescription(
            "E-mail addresses: one (jane@example.com), all of a host (example.com), or all below a domain (.example.com).")
        List<String> emailAddresses,
    @JsonPropertyDescription(
            "Hosts of URIs: one (example.com), or all below a domain (.example.com).")
        List<String> uriDomains) {

  public NameSubtrees {
    dnsDomains = Lists.orEmpty(dnsDomains);
    ipRanges = Lists.orEmpty(ipRanges);
    emailAddresses = Lists.orEmpty(emailAddresses);
    uriDomains = Lists.orEmpty(uriDomains);
  }

  public boolean namesNothing() {
    return dnsDomains.isEmpty()
        && ipRanges.isEmpty()
        && emailAddresses.isEmpty()
        && uriDomains.isEmpty();
  }
}
