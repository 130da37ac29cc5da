package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** Whether and how PKCS#12 keystores are written. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Pkcs12Keystore(
    @JsonPropertyDescription(
            "Whether to write keystore.p12 and truststore.p12. Default: true for a ClientCert, false for a ServerCert.")
        @Nullable Boolean enabled,
    @JsonPropertyDescription(
            "Alias (friendly name) of the key entry, in lower case. Default: the name of the resource.")
        @Nullable String alias,
    @JsonPropertyDescription(
            "Modern: PBES2 with AES-256 and HMAC-SHA-256. Legacy: 3DES and SHA-1, for people: macOS 14 and older, iOS, Android 15 and older and Windows Server 2016 answer Modern with 'wrong password'; also for programs older than Java 8u301 or OpenSSL 1.1.")
        @Default("Modern")
        Pkcs12Encryption encryption,
    @JsonPropertyDescription(
            "The Secret that holds the password. By default, a password of 128 random bits is generated and written to keystore.password.")
        @Nullable PasswordSecretRef passwordSecretRef) {

  public Pkcs12Keystore {
    encryption = encryption == null ? Pkcs12Encryption.Modern : encryption;
  }

  public static Pkcs12Keystore defaults() {
    return new Pkcs12Keystore(null, null, Pkcs12Encryption.Modern, null);
  }
}
