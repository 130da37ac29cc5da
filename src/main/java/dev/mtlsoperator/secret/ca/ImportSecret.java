package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.pki.CaOffer;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.List;
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

  /** What a Secret offers, whatever the time is. */
  public sealed interface Judged {
    /** A CA, in one or several ways. */
    record Usable(String name, List<CaOffer> offers) implements Judged {
      public Usable {
        offers = List.copyOf(offers);
      }
    }

    /** None. */
    record Unusable(String name, Finding why) implements Judged {}

    /** The certificate that it stands for at this time. */
    default DesiredCertificate at(Instant now) {
      if (this instanceof Usable usable) {
        return new DesiredCertificate.Import(usable.name(), CaOffer.inForce(usable.offers(), now));
      }
      Unusable unusable = (Unusable) this;
      return new DesiredCertificate.Unusable(unusable.name(), unusable.why());
    }
  }

  /**
   * The CA in a Secret that a RootCA imports.
   *
   * @param offered the live Secret; empty if there is none that may be read
   */
  public static Judged judge(String name, Optional<Secret> offered) {
    if (offered.isEmpty()) {
      return new Judged.Unusable(name, notAvailable(name));
    }
    try {
      return new Judged.Usable(name, read(offered.get()).offers());
    } catch (PkiException e) {
      return new Judged.Unusable(
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
    SuppliedFile certificates = file(secret, Keys.TLS_CRT);
    SuppliedFile key = file(secret, Keys.TLS_KEY);
    return ImportedCa.read(
        certificates, SecretData.bytes(secret, Keys.CA_CRT).map(SuppliedFile::of), key);
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

  private static SuppliedFile file(Secret secret, String key) {
    return SecretData.bytes(secret, key)
        .map(SuppliedFile::of)
        .orElseThrow(
            () ->
                new PkiException(
                    "it has no '"
                        + key
                        + "'; it needs tls.crt and tls.key, and the root in tls.crt or in ca.crt"));
  }
}
