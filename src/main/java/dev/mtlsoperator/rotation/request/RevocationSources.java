package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.revocation.RevocationUrls;
import java.util.List;
import java.util.Optional;

/**
 * Where the certificates of a RootCA send verifiers to ask whether they are revoked, as its spec
 * says now. A certificate in service is not compared with it, so an edit issues none anew.
 *
 * @param distributionPoints URIs of its CRLs, with {@code {generation}} for the one that signs
 * @param ocsp the URL of its OCSP responder
 */
public record RevocationSources(List<String> distributionPoints, Optional<String> ocsp) {

  public RevocationSources {
    distributionPoints = List.copyOf(distributionPoints);
  }

  /** Certificates send verifiers nowhere. */
  public static RevocationSources none() {
    return new RevocationSources(List.of(), Optional.empty());
  }

  /**
   * What the spec of a RootCA says.
   *
   * @param responder the URL at which OCSP requests are answered; empty: there is none
   */
  public static RevocationSources of(RootCA ca, Optional<String> responder) {
    Revocation spec = ca.getSpec().revocation();
    return spec == null
        ? none()
        : new RevocationSources(
            spec.distributionPoints().stream().map(point -> filled(point, ca)).toList(),
            responder.filter(url -> spec.ocsp()));
  }

  private static String filled(String point, RootCA ca) {
    return point
        .replace("{namespace}", ca.getMetadata().getNamespace())
        .replace("{name}", ca.getMetadata().getName());
  }

  /** The URLs in a certificate that a generation signs. */
  RevocationUrls urls(int generation) {
    return new RevocationUrls(
        distributionPoints.stream()
            .map(point -> point.replace("{generation}", Integer.toString(generation)))
            .toList(),
        ocsp);
  }
}
