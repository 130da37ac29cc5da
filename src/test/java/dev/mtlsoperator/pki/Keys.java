package dev.mtlsoperator.pki;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keys for tests, made once: RSA takes its time. */
final class Keys {
  static final KeyParameters P256 = new KeyParameters(KeyAlgorithm.ECDSA, 256);

  static final List<KeyParameters> ALL =
      List.of(
          P256,
          new KeyParameters(KeyAlgorithm.ECDSA, 384),
          new KeyParameters(KeyAlgorithm.ECDSA, 521),
          new KeyParameters(KeyAlgorithm.RSA, 2048),
          new KeyParameters(KeyAlgorithm.RSA, 3072),
          new KeyParameters(KeyAlgorithm.RSA, 4096),
          new KeyParameters(KeyAlgorithm.ED25519, 0));

  private static final Map<KeyParameters, KeyMaterial> MADE = new ConcurrentHashMap<>();

  private Keys() {}

  /** Always the same. */
  static KeyMaterial of(KeyParameters parameters) {
    return MADE.computeIfAbsent(parameters, KeyMaterial::generate);
  }

  /** Another each time. */
  static KeyMaterial fresh() {
    return KeyMaterial.generate(P256);
  }
}
