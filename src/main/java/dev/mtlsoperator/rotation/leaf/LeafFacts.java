package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the rules look at for one leaf.
 *
 * @param uid of the resource
 * @param issuancePolicy on which the CA signs
 * @param trust whom the holder shall trust
 * @param wantedLayout digest of what the Secret's files should be made from
 * @param missingInput why the keystores' password cannot be read
 * @param renew value of the {@code renew} annotation on the resource
 * @param reportedRevision how many certificates were issued, says status
 * @param lastTamperRepair when the certificate was issued last because of tampering
 * @param nextTry after failures: not before then
 */
public record LeafFacts(
    String uid,
    DesiredCertificate desired,
    Signer signer,
    SecretState state,
    IssuancePolicy issuancePolicy,
    Trust trust,
    String wantedLayout,
    Optional<Finding> missingInput,
    @Nullable String renew,
    int reportedRevision,
    Optional<Instant> lastTamperRepair,
    Optional<Instant> nextTry) {

  /** The same facts after the Secret was written. */
  public LeafFacts withState(SecretState written) {
    return new LeafFacts(
        uid,
        desired,
        signer,
        written,
        issuancePolicy,
        trust,
        wantedLayout,
        missingInput,
        renew,
        reportedRevision,
        lastTamperRepair,
        nextTry);
  }
}
