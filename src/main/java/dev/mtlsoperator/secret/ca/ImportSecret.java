package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Optional;

/**
 * Reads a CA that a user supplies in a Secret with {@code tls.crt}, {@code tls.key} and {@code
 * ca.crt}, in the cluster and offline.
 */
public final class ImportSecret {
  private ImportSecret() {}

  /**
   * Whether a Secret may be imported: never, whatever its labels, if the operator or Kubernetes
   * itself manages it.
   */
  public static boolean isOffered(Secret secret) {
    return InputConsent.given(secret)
        && !GenerationSecret.isName(secret.getMetadata().getName())
        && SecretData.annotation(secret, Keys.SEAL).isEmpty();
  }

  /**
   * The CA in a Secret that a RootCA imports.
   *
   * @param offered the live Secret; empty if there is none that may be read
   */
  public static DesiredCertificate judge(String name, Optional<Secret> offered) {
    if (offered.isEmpty()) {
      return new DesiredCertificate.Unusable(name, notAvailable(name));
    }
    try {
      return new DesiredCertificate.Import(name, read(offered.get()).path());
    } catch (PkiException e) {
      return new DesiredCertificate.Unusable(
          name,
          new Finding(
              Reason.InvalidInput, "Secret '" + name + "' cannot be imported: " + e.getMessage()));
    }
  }

  /**
   * The CA itself, with its key.
   *
   * @throws PkiException if it cannot be used; the message says what to do
   */
  public static ImportedCa read(Secret secret) {
    String certificates = file(secret, Keys.TLS_CRT);
    String key = file(secret, Keys.TLS_KEY);
    requireKey(key);
    return ImportedCa.read(certificates, SecretData.text(secret, Keys.CA_CRT), key);
  }

  // always the same message: its readers may not have access to the Secret
  private static void requireKey(String key) {
    try {
      KeyMaterial unused = KeyMaterial.fromPem(key);
    } catch (PkiException e) {
      throw new PkiException(
          "its tls.key must be one unencrypted private key in PEM (PKCS#8, PKCS#1 or SEC1) of a kind"
              + " that is supported: ECDSA P-256, P-384, P-521, RSA 2048, 3072, 4096 or Ed25519");
    }
  }

  /**
   * The same finding whether the Secret is missing or must not be read, so that it does not reveal
   * what exists.
   */
  public static Finding notAvailable(String name) {
    return new Finding(
        Reason.InputNotAvailable,
        "the CA to import cannot be read: a Secret '"
            + name
            + "' with tls.crt and tls.key and the label "
            + Api.INPUT_LABEL
            + "=true is needed in this namespace");
  }

  private static String file(Secret secret, String key) {
    return SecretData.text(secret, key)
        .orElseThrow(
            () ->
                new PkiException(
                    "it has no '"
                        + key
                        + "'; it needs tls.crt and tls.key, and the root in tls.crt or in ca.crt"));
  }
}
