package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.CrlContents;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
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
 * @param ends the known ends of the revoked certificates
 */
public record NextCrl(CrlContents contents, SortedMap<BigInteger, Instant> ends) {
  /** A CRL that outlives the last certificate does so by this much, for clocks that are behind. */
  private static final Duration AFTER_THE_LAST = Duration.ofHours(1);

  /**
   * The CRL of a generation.
   *
   * @param number of the CRL
   */
  public static NextCrl of(
      CaGeneration generation, RevocationFacts facts, BigInteger number, Instant now) {
    SortedMap<BigInteger, Instant> ends = new TreeMap<>(facts.known().endsOf(generation.number()));
    SortedMap<BigInteger, RevokedCertificate> entries = new TreeMap<>();
    facts
        .requests()
        .of(generation.number())
        .values()
        .forEach(
            request -> {
              request.notAfter().ifPresent(end -> ends.put(request.serialNumber(), end));
              entries.put(
                  request.serialNumber(),
                  new RevokedCertificate(request.serialNumber(), now, request.reason()));
            });
    entries.putAll(facts.known().lostOf(generation.number()));
    Optional<Crl> last = facts.known().of(generation.number());
    last.ifPresent(crl -> entries.putAll(crl.entries()));
    entries.keySet().removeIf(serial -> isOver(serial, ends, last, now));
    ends.keySet().retainAll(entries.keySet());
    CrlPlan plan = facts.plan().orElseThrow();
    Instant end = plan.end(now);
    Instant needed = facts.leaving().contains(generation) ? lastNeeded(generation) : Instant.MIN;
    return new NextCrl(
        new CrlContents(
            number,
            now.minus(CrlPlan.BACK_DATED),
            end.isBefore(needed) ? needed : end,
            entries.values()),
        ends);
  }

  private static boolean isOver(
      BigInteger serial, SortedMap<BigInteger, Instant> ends, Optional<Crl> last, Instant now) {
    Instant end = ends.get(serial);
    return end != null
        && last.map(
                crl ->
                    crl.entries().containsKey(serial)
                        ? crl.thisUpdate().isAfter(end)
                        : now.isAfter(end))
            .orElseGet(() -> now.isAfter(end));
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
