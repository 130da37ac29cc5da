package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.KeyAlgorithm;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** The key of a CA generation; each generation has a new one, stored as PKCS#8. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CAPrivateKey(
    @JsonPropertyDescription("Algorithm of the CA's key: ECDSA, RSA or Ed25519.") @Default("ECDSA")
        KeyAlgorithm algorithm,
    @JsonPropertyDescription(
            "Size of the key in bits. ECDSA: 256 (default), 384 or 521. RSA: 2048 (default), 3072 or"
                + " 4096. Not for Ed25519.")
        @Nullable Integer size) {

  public CAPrivateKey {
    algorithm = algorithm == null ? KeyAlgorithm.ECDSA : algorithm;
  }
}
