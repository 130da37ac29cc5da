package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** Under which keys of a ConfigMap or Secret a trust bundle lies. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrustBundleKeys(
    @JsonPropertyDescription("Key of the CA certificates in PEM, such as tls.ca or cacert.")
        @Default(Defaults.CERTIFICATES_KEY)
        String certificates,
    @JsonPropertyDescription(
            "Key of a PKCS#12 truststore for Java, such as truststore.p12; none is made where it is left out. Its password is changeit, which protects nothing: all in it is public.")
        @Nullable String truststore) {

  public TrustBundleKeys {
    certificates = certificates == null ? Defaults.CERTIFICATES_KEY : certificates;
  }

  public static TrustBundleKeys defaults() {
    return new TrustBundleKeys(Defaults.CERTIFICATES_KEY, null);
  }
}
