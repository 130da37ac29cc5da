package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.CrlContents;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The content of the CRL that a generation signs next. Whatever was on the last one stays, with its
 * date and reason, until one CRL has listed it after its certificate ended (RFC 5280 section 3.3).
 *
 * <p>No clock proves that a certificate has ended: all may have been ahead for hours. So none
 * leaves the CRL while a jump or a difference is in sight, and one that leaves is remembered in the
 * record: if a later time turns out to be before its end, it is listed again.
 *
 * @param unlisted the revoked certificates that it does not list, since they are over
 * @param ends the known ends of the revoked certificates
 */
public record NextCrl(
    CrlContents contents,
    SortedMap<BigInteger, RevokedCertificate> unlisted,
    SortedMap<BigInteger, Instant> ends) {
  /** A CRL that outlives the last certificate does so by this much, for clocks that are behind. */
  private static final Duration AFTER_THE_LAST = Duration.ofHours(1);

  /**
   * The CRL of a generation.
   *
   * @param number of the CRL
   * @param clock whether certificates that have ended by now may leave it
   */
  public static NextCrl of(
      CaGeneration generation,
      RevocationFacts facts,
      BigInteger number,
      SafetyChecks.Ends clock,
      Instant now) {
    SortedMap<BigInteger, Instant> ends = new TreeMap<>(facts.known().endsOf(generation.number()));
    SortedMap<BigInteger, RevokedCertificate> entries = revoked(generation, facts, ends, now);
    Optional<Crl> last = facts.known().of(generation.number());
    SortedMap<BigInteger, RevokedCertificate> unlisted = new TreeMap<>(entries);
    unlisted.keySet().removeIf(serial -> !isOver(serial, ends, last, clock, now));
    entries.keySet().removeAll(unlisted.keySet());
    CrlPlan plan = facts.plan().orElseThrow();
    Instant end = plan.end(now);
    Instant needed = facts.leaving().contains(generation) ? lastNeeded(generation) : Instant.MIN;
    return new NextCrl(
        new CrlContents(
            number,
            now.minus(CrlPlan.BACK_DATED),
            end.isBefore(needed) ? needed : end,
            entries.values()),
        unlisted,
        ends);
  }

  // what is known of one from a CRL is kept
  private static SortedMap<BigInteger, RevokedCertificate> revoked(
      CaGeneration generation,
      RevocationFacts facts,
      SortedMap<BigInteger, Instant> ends,
      Instant now) {
    SortedMap<BigInteger, RevokedCertificate> all = new TreeMap<>();
    facts
        .requests()
        .of(generation.number())
        .values()
        .forEach(
            request -> {
              request.notAfter().ifPresent(end -> ends.put(request.serialNumber(), end));
              all.put(
                  request.serialNumber(),
                  new RevokedCertificate(request.serialNumber(), now, request.reason()));
            });
    all.putAll(facts.known().unlistedOf(generation.number()));
    facts.known().of(generation.number()).ifPresent(crl -> all.putAll(crl.entries()));
    return all;
  }

  private static boolean isOver(
      BigInteger serial,
      SortedMap<BigInteger, Instant> ends,
      Optional<Crl> last,
      SafetyChecks.Ends clock,
      Instant now) {
    Instant end = ends.get(serial);
    if (end == null || !now.isAfter(end)) {
      return false;
    }
    // the last one may have been signed by a clock that was ahead
    return last.filter(crl -> crl.entries().containsKey(serial))
        .map(crl -> clock == SafetyChecks.Ends.BELIEVED && crl.thisUpdate().isAfter(end))
        .orElse(true);
  }

  /**
   * Until when the last CRL of a generation has to be valid: its last certificate has ended then.
   */
  static Instant lastNeeded(CaGeneration generation) {
    return generation
        .milestones()
        .lastLeafNotAfter()
        .filter(end -> end.isBefore(generation.end()))
        .orElseGet(generation::end)
        .plus(AFTER_THE_LAST);
  }
}
