package dev.mtlsoperator.pki.ocsp;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The delegated responders of this process, one for each issuer: made when first needed, replaced
 * after half of their life, and forgotten at its end. In memory only. Thread-safe.
 */
public final class OcspSigners {
  private final Map<Fingerprint, OcspSigner> byIssuer = new HashMap<>();

  /**
   * The responder of an issuer.
   *
   * @param ca the issuer with its key; called only when another responder is due
   * @return the former one, while it lasts, if the key is not available; empty if there is none
   */
  public synchronized Optional<OcspSigner> of(
      X509Certificate issuer, Supplier<Optional<CertificateAuthority>> ca, Instant now) {
    byIssuer.values().removeIf(signer -> !now.isBefore(signer.notAfter()));
    Fingerprint id = Fingerprint.of(issuer);
    OcspSigner known = byIssuer.get(id);
    if (known != null && now.isBefore(known.dueAt())) {
      return Optional.of(known);
    }
    ca.get().ifPresent(it -> byIssuer.put(id, OcspSigner.issuedBy(it, now)));
    return Optional.ofNullable(byIssuer.get(id));
  }
}
