package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import org.jspecify.annotations.Nullable;

/** The keys of a ConfigMap or Secret that hold a trust bundle. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrustBundleKeys(
    @JsonPropertyDescription(
            "Key of the CA certificates in PEM, such as tls.ca or cacert; by default "
                + Defaults.CERTIFICATES_KEY
                + ".")
        String certificates,
    @JsonPropertyDescription(
            "Key of a PKCS#12 truststore for Java, such as truststore.p12; omitted by default. Its password is changeit: the content is public.")
        @Nullable String truststore,
    @JsonPropertyDescription(
            "Key of the certificate revocation lists in PEM, such as ca.crl, crl.pem or crl; omitted by default. Needs spec.revocation. It is written only with a current list of every CA in the bundle.")
        @Nullable String revocations,
    @JsonPropertyDescription(
            "Key of a UUID that identifies the certificate, such as id for Kong; omitted by default. Needs split: PerCertificate. It is derived from the certificate alone, so it is the same in every object that holds it.")
        @Nullable String id) {

  public TrustBundleKeys {
    certificates = certificates == null ? Defaults.CERTIFICATES_KEY : certificates;
  }

  public static TrustBundleKeys defaults() {
    return new TrustBundleKeys(Defaults.CERTIFICATES_KEY, null, null, null);
  }
}
