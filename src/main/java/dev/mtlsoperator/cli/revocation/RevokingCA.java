package dev.mtlsoperator.cli.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.revocation.CrlPlan;
import dev.mtlsoperator.rotation.revocation.CrlRules;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.rotation.revocation.NextCrl;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.revocation.RevocationRequests;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A CA that publishes a CRL.
 *
 * @param spec its {@code spec.revocation}
 */
public record RevokingCA(
    CAName name, CertificateAuthority authority, CaPath path, Revocation spec) {

  /**
   * Keeps the last CRL, or signs the next one if the rules of the cluster ask for it.
   *
   * @param revoked certificates of leaves that are to be revoked
   * @throws dev.mtlsoperator.pki.encoding.PkiException if the CRL would be too large
   */
  public PlannedCrl plan(StoredCrl last, List<LeafRevocations.OfLeaf> revoked, Instant now) {
    CaGeneration alone = CaGeneration.alone(path);
    RevocationFacts facts = facts(alone, last, revoked);
    CrlRules rules = new CrlRules(facts, now, CrlRules.Timing.AT_ONCE);
    Optional<CrlRules.Due> due = rules.due();
    if (due.isEmpty()) {
      return new PlannedCrl.Kept(last.crl().orElseThrow());
    }
    // there is no second clock here
    NextCrl next = NextCrl.of(alone, facts, rules.nextNumber(), SafetyChecks.Ends.BELIEVED, now);
    Crl signed = authority.sign(next.contents());
    KnownCrls known =
        facts
            .known()
            .with(new TreeMap<>(Map.of(alone.number(), signed)), Map.of(alone.number(), next));
    return new PlannedCrl.Signed(
        signed,
        new CrlNote(
            signed.number().orElseThrow(),
            known.unlistedOf(alone.number()),
            known.endsOf(alone.number())),
        due.get().why().reason());
  }

  private RevocationFacts facts(
      CaGeneration alone, StoredCrl last, List<LeafRevocations.OfLeaf> revoked) {
    SortedMap<Integer, Crl> newest = new TreeMap<>();
    last.crl().ifPresent(crl -> newest.put(alone.number(), crl));
    BigInteger number = last.record().number();
    return new RevocationFacts(
        Optional.of(CrlPlan.of(spec)),
        name.toString(),
        List.of(alone),
        List.of(),
        Set.of(),
        new KnownCrls(
            newest,
            Map.of(alone.number(), last.record().unlisted()),
            Map.of(alone.number(), last.record().ends())),
        RevocationRequests.of(spec, revoked.stream().filter(c -> c.ca().equals(name)).toList()),
        RevocationFacts.RecordState.CURRENT,
        number);
  }
}
