package dev.mtlsoperator.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the rules look at for one leaf.
 *
 * @param uid of the resource
 * @param wantedTrust the trust bundle as it should be, a PEM block each; empty while no CA is
 *     available
 * @param wantedLayout digest of what the Secret's files should be made from
 * @param missingInput why the keystores' password cannot be read
 * @param renew value of the {@code renew} annotation on the resource
 * @param reportedRevision how many certificates were issued, says status
 * @param lastTamperRepair when the certificate was issued last because of tampering
 * @param nextTry after failures: not before then
 */
public record LeafFacts(
    String uid,
    Draft draft,
    Signer signer,
    Holding holding,
    Optional<List<String>> wantedTrust,
    String wantedLayout,
    Optional<Finding> missingInput,
    @Nullable String renew,
    int reportedRevision,
    Optional<Instant> lastTamperRepair,
    Optional<Instant> nextTry) {

  /** The same facts after the Secret was written. */
  public LeafFacts withHolding(Holding written) {
    return new LeafFacts(
        uid,
        draft,
        signer,
        written,
        wantedTrust,
        wantedLayout,
        missingInput,
        renew,
        reportedRevision,
        lastTamperRepair,
        nextTry);
  }
}
