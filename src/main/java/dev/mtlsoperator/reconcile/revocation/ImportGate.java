package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.revocation.CrlBundle;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Refuses to import a CA whose clients all gateways would refuse: the trust bundles have CRLs, and
 * it cannot have one, or one of those above it has none.
 */
public final class ImportGate {
  private ImportGate() {}

  /** The wanted certificate, or why it is not taken. Pure. */
  public static DesiredCertificate of(
      DesiredCertificate wanted,
      CaGenerations generations,
      AdditionalRevocations crls,
      RevocationObserver.Seen revocation,
      Instant now) {
    if (!(wanted instanceof DesiredCertificate.Import offered)
        || !revocation.isPublished()
        || generations.there().stream().anyMatch(g -> g.path().equals(offered.path()))) {
      return wanted;
    }
    List<X509Certificate> above = new ArrayList<>(offered.path().all());
    X509Certificate own = above.remove(0);
    List<Crl> candidates = new ArrayList<>(crls.crls());
    candidates.addAll(revocation.held());
    List<CrlBundle.Lack> lacking = CrlBundle.of(above, candidates, now).lacking();
    if (Crl.maySign(own) && lacking.isEmpty()) {
      return wanted;
    }
    String why =
        Crl.maySign(own)
            ? lacking.stream().map(CrlBundle.Lack::inWords).collect(Collectors.joining("; "))
                + "; "
                + AdditionalRevocations.remedy()
            : "the key usage of its certificate lacks cRLSign";
    return new DesiredCertificate.Unusable(
        offered.secretName(),
        new Finding(
            Reason.RevocationIncomplete,
            "the CA in Secret '"
                + offered.secretName()
                + "' is not taken, since gateways that check the CRLs of this RootCA would refuse all its clients: "
                + why));
  }
}
