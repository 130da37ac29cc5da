package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.RenewalSchedule;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the rules for one leaf look at.
 *
 * @param uid of the resource
 * @param issuancePolicy the policy under which the CA signs
 * @param trust the certificates that the leaf's bundle should hold
 * @param wantedLayout digest of the inputs from which the Secret's files should be generated
 * @param missingInput why the keystores' password cannot be read
 * @param renew value of the {@code renew} annotation on the resource
 * @param reportedRevision number of certificates issued so far, according to the status
 * @param lastTamperRepair when a certificate was last issued because of tampering
 * @param nextTry the time before which nothing is retried after failures
 * @param revocation which certificates are to be revoked
 * @param crls the CRLs that the Secret should hold
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
    Optional<Instant> nextTry,
    LeafRevocation revocation,
    LeafCrls crls) {

  /** The same facts while the certificate in service is revoked, whoever asked for it. */
  public LeafFacts withRevokedCertificate() {
    return withRevocation(
        revocation == LeafRevocation.ALL ? LeafRevocation.ALL : LeafRevocation.LISTED);
  }

  /** The same facts where other certificates are to be revoked. */
  public LeafFacts withRevocation(LeafRevocation other) {
    return new LeafFacts(
        uid,
        desired,
        signer,
        state,
        issuancePolicy,
        trust,
        wantedLayout,
        missingInput,
        renew,
        reportedRevision,
        lastTamperRepair,
        nextTry,
        other,
        crls);
  }

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
        nextTry,
        revocation,
        crls);
  }

  /** The certificate in service; empty if there is none, or it cannot be read. */
  public Optional<X509Certificate> certificate() {
    return state.managed().flatMap(SecretState.Managed::certificate);
  }

  /**
   * Certificates of different RootCAs that the leaf is to trust and verifiers cannot tell apart,
   * while its Secret does not hold both of them.
   */
  List<Namesakes.Pair> newNamesakes(Instant now) {
    return trust.namesakes(now).stream().filter(pair -> !isHeld(pair)).toList();
  }

  /** Those that its Secret holds already, and those of which the second one was left out. */
  public List<Namesakes.Pair> heldNamesakes(Instant now) {
    return Stream.concat(
            trust.namesakes(now).stream().filter(this::isHeld),
            trust.leftOut().namesakes().stream())
        .toList();
  }

  /** How many additional certificates of a RootCA find no room in its Secret. */
  public SortedMap<CAName, Integer> unfittingTrust() {
    return trust.leftOut().unfitting();
  }

  private boolean isHeld(Namesakes.Pair pair) {
    return state
        .managed()
        .filter(held -> held.holds(List.of(pair.first(), pair.second())))
        .isPresent();
  }

  /**
   * When the certificate in service is renewed; empty when there is none or the spec is invalid.
   */
  public Optional<Instant> renewalTime() {
    return desired instanceof DesiredCertificate.Valid valid
        ? certificate()
            .map(
                c ->
                    RenewalSchedule.renewalTime(
                        c.getNotBefore().toInstant(),
                        c.getNotAfter().toInstant(),
                        valid.template().renewBefore(),
                        uid))
        : Optional.empty();
  }

  /** A certificate in service, and the generation that signed it. */
  public record Proven(X509Certificate certificate, int generation) {}

  /**
   * The certificate in service if the operator wrote it, and a trusted generation of the RootCA
   * that signs the leaf is its issuer.
   */
  public Optional<Proven> provenCertificate() {
    return state.untampered().isEmpty()
        ? Optional.empty()
        : issuer().flatMap(g -> certificate().map(c -> new Proven(c, g.number())));
  }

  /** The trusted generation that signed the certificate in service. */
  Optional<CaGeneration> issuer() {
    return signer instanceof Signer.Available available
        ? state
            .managed()
            .flatMap(
                managed ->
                    managed.certificate().flatMap(c -> available.issuer(c, managed.caGeneration())))
        : Optional.empty();
  }
}
