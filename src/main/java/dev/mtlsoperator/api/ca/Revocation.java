package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Default;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** That a RootCA publishes a certificate revocation list (CRL, RFC 5280 section 5), and how. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Revocation(
    @JsonPropertyDescription(
            "How long a CRL is valid, such as 30d; from 1h to 36525d. Gateways that check it refuse every client once it has expired, so this is the longest time for which the operator may be away.")
        @Default(Defaults.CRL_VALIDITY)
        String validity,
    @JsonPropertyDescription(
            "How long after a CRL was signed the next one is, if nothing is revoked before; less than half of validity. Default: a tenth of validity.")
        @Nullable String refresh,
    @JsonPropertyDescription(
            "Whether the certificates of a leaf are revoked when it is deleted. Its leaves get the finalizer mtls-operator.dev/revoke-on-delete for this: a deleted one stays until a CRL has its certificates, so that it takes a running operator to delete it. The finalizer goes when this is turned off, or the RootCA is deleted.")
        @Default("false")
        Boolean revokeOnDelete,
    @JsonPropertyDescription(
            "URIs (http or https, in ASCII) from which verifiers fetch the CRL of the generation that signs, at most 8, such as http://crl.example.com/{namespace}/{name}/{generation}.crl. {generation} becomes the number of that generation, {namespace} and {name} those of this RootCA. They are written into each certificate that is issued from now on (RFC 5280 section 4.2.1.13), also by `issue`; an edit issues none anew. --crl-port serves the CRLs under /{namespace}/{name}/{generation}.crl; elsewhere it is yours to put them there.")
        List<String> distributionPoints,
    @JsonPropertyDescription(
            "Whether the operator answers OCSP requests about this CA's certificates, on --crl-port, and writes the URL, <--crl-url>/ocsp, into each certificate that is issued from now on (RFC 5280 section 4.2.2.1); an edit issues none anew. Without --crl-url the condition RevocationIncomplete says so, and certificates get no URL; those of `issue` never do.")
        @Default("false")
        Boolean ocsp,
    @JsonPropertyDescription(
            "Certificates to revoke for which there is no resource, such as one that was made by hand under an imported CA; at most 512. An entry that is removed from here stays on the CRL. A leaf whose certificate in service is named gets another one.")
        List<RevokedSerialNumber> serialNumbers) {

  public Revocation {
    validity = validity == null ? Defaults.CRL_VALIDITY : validity;
    revokeOnDelete = revokeOnDelete != null && revokeOnDelete;
    distributionPoints = Lists.orEmpty(distributionPoints);
    ocsp = ocsp != null && ocsp;
    serialNumbers = Lists.orEmpty(serialNumbers);
  }
}
