package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.pki.CaCertificates;
import dev.mtlsoperator.pki.CaCertificates.Refused;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.InputConsent;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What one entry of {@code additionalTrust} brings; each certificate is judged by itself. */
sealed interface AdditionalEntry {
  /** How many certificates of an entry a message names. */
  int MOST_NAMED = 4;

  /** A user without access to a Secret can name any of its keys: this tells nothing of them. */
  String NOTHING_ELSE = "it must hold CA certificates in PEM and nothing else";

  /**
   * It was read.
   *
   * @param leftOut certificates in it that cannot be used, in words
   */
  record Read(List<X509Certificate> certificates, List<String> leftOut) implements AdditionalEntry {
    public Read {
      certificates = List.copyOf(certificates);
      leftOut = List.copyOf(leftOut);
    }
  }

  /** There is nothing in it that can be used. */
  record Unusable(String why) implements AdditionalEntry {}

  /** It is not there, or its owner did not consent; the message does not tell which. */
  record Missing(Finding why) implements AdditionalEntry {}

  /** Reads an entry. */
  static AdditionalEntry read(
      AdditionalTrust entry, AdditionalCertificates.Inputs inputs, Instant now) {
    TrustInputRef map = entry.configMapRef();
    TrustInputRef secret = entry.secretRef();
    if (map != null) {
      return inputs
          .map(map)
          .map(file -> read(place(entry), file, now))
          .orElseGet(() -> missing("ConfigMap", map));
    }
    return secret != null
        ? inputs
            .secret(secret)
            .map(file -> readSecret(place(entry), file, now))
            .orElseGet(() -> missing("Secret", secret))
        : read(place(entry), SuppliedFile.of(String.valueOf(entry.pem())), now);
  }

  /** Where an entry stands, for messages. */
  static String place(AdditionalTrust entry) {
    TrustInputRef map = entry.configMapRef();
    TrustInputRef secret = entry.secretRef();
    return "additionalTrust, "
        + (map != null
            ? "ConfigMap '" + map.name() + "', key '" + map.key() + "'"
            : secret != null
                ? "Secret '" + secret.name() + "', key '" + secret.key() + "'"
                : "pem");
  }

  /** Whether a certificate has not expired. */
  static boolean isValid(X509Certificate certificate, Instant now) {
    return now.isBefore(certificate.getNotAfter().toInstant());
  }

  /** The message for one that has. */
  static String expired(X509Certificate certificate) {
    return CaPath.named(certificate)
        + " is left out: it expired on "
        + certificate.getNotAfter().toInstant();
  }

  // the same message whether it is missing or its owner did not consent, so that it does not reveal
  // what exists
  private static AdditionalEntry missing(String kind, TrustInputRef ref) {
    return new Missing(
        new Finding(
            Reason.InputNotAvailable,
            "additionalTrust cannot be read: "
                + InputConsent.needed(kind, ref.name(), ref.key())
                + " in this namespace"));
  }

  // what is not public is not told about, whatever it is
  private static AdditionalEntry readSecret(String place, SuppliedFile file, Instant now) {
    return file.isPublic() ? read(place, file, now) : new Unusable(place + ": " + NOTHING_ELSE);
  }

  private static AdditionalEntry read(String place, SuppliedFile file, Instant now) {
    CaCertificates.Read read;
    try {
      read = CaCertificates.read(file);
    } catch (PkiException e) {
      return new Unusable(place + ": " + e.getMessage());
    }
    if (read.certificates().isEmpty()) {
      return new Unusable(place + ": " + read.refused().get(0).why());
    }
    return new Read(
        read.certificates().stream().filter(c -> isValid(c, now)).toList(),
        leftOut(place, read, now));
  }

  private static List<String> leftOut(String place, CaCertificates.Read read, Instant now) {
    int count = read.certificates().size() + read.refused().size();
    List<String> all = new ArrayList<>();
    for (Refused refused : read.refused()) {
      all.add(
          place
              + ", certificate "
              + refused.place()
              + " of "
              + count
              + ", is left out: "
              + refused.why());
    }
    read.certificates().stream()
        .filter(c -> !isValid(c, now))
        .forEach(c -> all.add(place + ": " + expired(c)));
    if (all.size() <= MOST_NAMED) {
      return all;
    }
    List<String> some = new ArrayList<>(all.subList(0, MOST_NAMED));
    some.add(place + ": " + (all.size() - MOST_NAMED) + " more are left out");
    return some;
  }
}
