package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Optional;

/** Reads the keystore password that a user keeps in a Secret, see {@link PasswordSecretRef}. */
public sealed interface GivenPassword {

  /** The password can be used. */
  record Found(Password password) implements GivenPassword {}

  /** There is no password that can be used. */
  record Refused(Finding why) implements GivenPassword {}

  /**
   * Reads it.
   *
   * @param secret that {@code ref} names; empty: it does not exist
   */
  static GivenPassword read(Optional<Secret> secret, PasswordSecretRef ref) {
    Optional<String> text =
        secret.filter(InputConsent::given).flatMap(s -> SecretData.text(s, ref.key()));
    if (text.isEmpty()) {
      return new Refused(notAvailable(ref));
    }
    try {
      return new Found(Password.of(text.get()));
    } catch (PkiException e) {
      return new Refused(
          new Finding(
              Reason.InvalidInput,
              "Secret '" + ref.name() + "', key '" + ref.key() + "': " + e.getMessage()));
    }
  }

  /**
   * Why the password cannot be read. The message is the same whether the Secret is missing or its
   * owner did not consent, so that it does not reveal what exists.
   */
  static Finding notAvailable(PasswordSecretRef ref) {
    return new Finding(
        Reason.InputNotAvailable,
        "the keystore password cannot be read: "
            + InputConsent.needed("Secret", ref.name(), ref.key())
            + " in this namespace");
  }
}
