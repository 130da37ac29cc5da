package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Optional;

/** Passwords that users give in Secrets of their own. */
final class KeystorePasswords {
  private KeystorePasswords() {}

  /** What came of reading one. */
  sealed interface Read {
    record Found(Password password) implements Read {}

    record Refused(Finding why) implements Read {}
  }

  /**
   * Digest of the password's bytes, from a Secret that may be redacted; empty when it must not or
   * cannot be used.
   */
  static Optional<String> digest(Optional<Secret> secret, PasswordSecretRef ref) {
    return secret
        .filter(InputConsent::given)
        .flatMap(s -> SecretData.value(s, ref.key()))
        .map(Digests::ofValue);
  }

  /** The password itself, from a Secret read a moment ago. */
  static Read read(Optional<Secret> secret, PasswordSecretRef ref) {
    Optional<String> text =
        secret.filter(InputConsent::given).flatMap(s -> SecretData.text(s, ref.key()));
    if (text.isEmpty()) {
      return new Read.Refused(notAvailable(ref));
    }
    try {
      return new Read.Found(Password.of(text.get()));
    } catch (PkiException e) {
      return new Read.Refused(
          new Finding(
              Reason.InvalidInput,
              "Secret '" + ref.name() + "', key '" + ref.key() + "': " + e.getMessage()));
    }
  }

  /**
   * The same words, whether it is missing or its owner did not consent: nobody learns what exists.
   */
  static Finding notAvailable(PasswordSecretRef ref) {
    return new Finding(
        Reason.InputNotAvailable,
        "the keystore password cannot be read: "
            + InputConsent.needed("Secret", ref.name(), ref.key())
            + " in this namespace");
  }

  /** The reference in a leaf's spec. */
  static Optional<PasswordSecretRef> reference(LeafCert<?> leaf) {
    return Optional.ofNullable(leaf.getSpec().keystores().pkcs12().passwordSecretRef());
  }
}
