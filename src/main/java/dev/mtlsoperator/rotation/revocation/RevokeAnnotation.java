package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.api.RevokedReason;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The annotation {@code mtls-operator.dev/revoke} on a leaf: {@code current}, {@code superseded} or
 * a serial number. It is carried out once; to revoke again it is removed first, or changed. Pure.
 */
public final class RevokeAnnotation {
  private static final int LONGEST_QUOTED = 100;

  private RevokeAnnotation() {}

  /** What comes of it. */
  public sealed interface Outcome {
    /** The certificates with marks on those that are to be revoked. */
    record Marked(List<IssuedCertificate> certificates) implements Outcome {
      public Marked {
        certificates = List.copyOf(certificates);
      }
    }

    /** It names nothing that could be revoked. */
    record Refused(Finding why) implements Outcome {}
  }

  /**
   * Carries it out on the certificates of a leaf.
   *
   * @param inService serial number of the certificate in service; null: none is
   */
  public static Outcome apply(
      String value, List<IssuedCertificate> certificates, @Nullable String inService) {
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "current" ->
          inService == null
              ? refused("there is no certificate in service that it could mean")
              : mark(
                  certificates,
                  c -> IssuedCertificates.isInService(c, inService),
                  new Revoked(RevokedReason.Superseded));
      case "superseded" ->
          mark(
              certificates,
              c -> !IssuedCertificates.isInService(c, inService),
              new Revoked(RevokedReason.Superseded));
      default -> one(value.strip(), certificates);
    };
  }

  private static Outcome one(String serial, List<IssuedCertificate> certificates) {
    if (SerialNumber.read(serial).isEmpty()) {
      return refused(
          "'"
              + quoted(serial)
              + "' is none of them: write current, superseded, or a serial number as openssl x509 -noout -serial prints it");
    }
    return IssuedCertificates.find(certificates, serial).isEmpty()
        ? refused(
            "no unexpired certificate of this resource has the serial number '"
                + quoted(serial)
                + "': status.certificates lists them. One of another origin is revoked by spec.revocation.serialNumbers of its RootCA")
        : mark(certificates, c -> IssuedCertificates.isInService(c, serial), new Revoked(null));
  }

  private static Outcome mark(
      List<IssuedCertificate> certificates, Predicate<IssuedCertificate> which, Revoked why) {
    return new Outcome.Marked(
        certificates.stream()
            .map(c -> c.revoked() == null && which.test(c) ? c.with(why) : c)
            .toList());
  }

  private static Outcome refused(String why) {
    return new Outcome.Refused(
        new Finding(
            Reason.InvalidInput,
            "the annotation mtls-operator.dev/revoke revokes nothing: " + why));
  }

  private static String quoted(String text) {
    return text.length() <= LONGEST_QUOTED ? text : text.substring(0, LONGEST_QUOTED) + "…";
  }
}
