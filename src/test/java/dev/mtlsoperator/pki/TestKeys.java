package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keys for tests, made once: RSA takes its time. */
public final class TestKeys {
  public static final KeyParameters P256 = new KeyParameters(KeyType.ECDSA, 256);

  static final List<KeyParameters> ALL =
      List.of(
          P256,
          new KeyParameters(KeyType.ECDSA, 384),
          new KeyParameters(KeyType.ECDSA, 521),
          new KeyParameters(KeyType.RSA, 2048),
          new KeyParameters(KeyType.RSA, 3072),
          new KeyParameters(KeyType.RSA, 4096),
          new KeyParameters(KeyType.ED25519, 0));

  private static final Map<KeyParameters, KeyMaterial> MADE = new ConcurrentHashMap<>();

  private TestKeys() {}

  /** Always the same. */
  public static KeyMaterial of(KeyParameters parameters) {
    return MADE.computeIfAbsent(parameters, KeyMaterial::generate);
  }

  /** Another each time. */
  public static KeyMaterial fresh() {
    return KeyMaterial.generate(P256);
  }
}
