package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** Keystores that are written in addition to the PEM files. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Keystores(
    @JsonPropertyDescription(
            "PKCS#12: keystore.p12 (key and chain), truststore.p12 (the trust bundle) and, when the"
                + " password was generated, keystore.password.")
        @Default("{}")
        Pkcs12Keystore pkcs12) {

  public Keystores {
    pkcs12 = pkcs12 == null ? Pkcs12Keystore.defaults() : pkcs12;
  }

  public static Keystores defaults() {
    return new Keystores(Pkcs12Keystore.defaults());
  }
}
