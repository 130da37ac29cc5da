package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.util.Optional;

/** The rules that tell why a Secret is written again with the same key and certificate. */
final class ContentRules {
  private ContentRules() {}

  /** Whether the files must be generated from other inputs. */
  static Optional<Finding> layoutChanged(LeafFacts facts) {
    return facts
        .state()
        .managed()
        .filter(managed -> !facts.wantedLayout().equals(managed.layout()))
        .map(
            managed ->
                new Finding(
                    Reason.LayoutChanged, "keystores, password, encoding or formats have changed"));
  }

  /** Whether the trust bundle should change now. */
  static Optional<Finding> trustChanged(LeafFacts facts) {
    Trust wanted = facts.trust();
    return facts
        .state()
        .managed()
        .filter(managed -> wanted.isKnown() && isOutdated(managed, wanted))
        .map(
            managed ->
                new Finding(Reason.TrustChanged, "the CA certificates to trust have changed"))
        .or(() -> crlsChanged(facts));
  }

  private static Optional<Finding> crlsChanged(LeafFacts facts) {
    return facts
        .state()
        .managed()
        .filter(managed -> facts.trust().isKnown())
        .filter(managed -> facts.crls().differFrom(managed.revocations()))
        .map(managed -> new Finding(Reason.RevocationChanged, "the CRLs have changed"));
  }

  private static boolean isOutdated(SecretState.Managed held, Trust wanted) {
    return !held.admittedBy().containsAll(wanted.admittedBy())
        // the truststore alone may hold them, if it could not be encoded
        || !wanted.withdrawn().isEmpty()
        || (!held.trust().equals(Pem.write(wanted.certificates())) && isUrgent(held, wanted));
  }

  // a missing certificate is added immediately; a surplus one can wait for the next write, unless
  // leaves move to the signing generation immediately, or additionalTrust changed
  private static boolean isUrgent(SecretState.Managed held, Trust wanted) {
    return wanted.removal() == Reissue.Immediately
        || !held.additional().equals(wanted.additional())
        || !held.holds(wanted.certificates());
  }

  /** Whether labels, annotations or owner must be restored. */
  static Optional<Finding> metadataChanged(LeafFacts facts) {
    return facts
        .state()
        .managed()
        .filter(managed -> !managed.metadataCurrent())
        .map(
            managed ->
                new Finding(
                    Reason.MetadataChanged,
                    "labels, annotations or owner of the Secret are not as asked for"));
  }
}
