package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a CA is to say in a CRL: times lose what is below a second, as in the CRL.
 *
 * @param number above that of the CRL before; at most 20 octets (RFC 5280 section 5.2.3)
 * @param thisUpdate from when on it counts
 * @param nextUpdate when the next one is made at the latest
 * @param entries every revoked certificate, kept by serial number, the lowest first
 */
public record CrlContents(
    BigInteger number,
    Instant thisUpdate,
    Instant nextUpdate,
    Collection<RevokedCertificate> entries) {
  /** The top bit of 20 octets stays zero. */
  private static final int NUMBER_BITS = 159;

  /**
   * Copies and sorts the entries.
   *
   * @throws PkiException if such a CRL cannot be made
   */
  public CrlContents {
    require(
        number.signum() >= 0 && number.bitLength() <= NUMBER_BITS,
        "the number of a CRL is not negative, and has at most 20 octets (RFC 5280 section 5.2.3)");
    thisUpdate = thisUpdate.truncatedTo(ChronoUnit.SECONDS);
    nextUpdate = nextUpdate.truncatedTo(ChronoUnit.SECONDS);
    require(
        nextUpdate.isAfter(thisUpdate),
        "a CRL counts from " + thisUpdate + ", so that it cannot end on " + nextUpdate);
    entries = sorted(entries);
  }

  private static List<RevokedCertificate> sorted(Collection<RevokedCertificate> entries) {
    SortedMap<BigInteger, RevokedCertificate> sorted = new TreeMap<>();
    for (RevokedCertificate entry : entries) {
      require(
          sorted.putIfAbsent(entry.serialNumber(), entry) == null,
          "a CRL lists a serial number once, and not again "
              + SerialNumber.text(entry.serialNumber()));
    }
    return List.copyOf(sorted.values());
  }
}
