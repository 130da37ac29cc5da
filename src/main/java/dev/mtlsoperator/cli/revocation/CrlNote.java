package dev.mtlsoperator.cli.revocation;

import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is noted with a CRL.
 *
 * @param number of the CRL; zero: nothing was noted
 * @param unlisted revoked certificates that it does not list, since they were over
 * @param ends the known ends of all of them, by serial number
 */
public record CrlNote(
    BigInteger number,
    SortedMap<BigInteger, RevokedCertificate> unlisted,
    SortedMap<BigInteger, Instant> ends) {
  private static final String NUMBER = "number";
  private static final String UNLISTED = "unlisted";

  public CrlNote {
    unlisted = Collections.unmodifiableSortedMap(new TreeMap<>(unlisted));
    ends = Collections.unmodifiableSortedMap(new TreeMap<>(ends));
  }

  static CrlNote none() {
    return new CrlNote(BigInteger.ZERO, Collections.emptySortedMap(), Collections.emptySortedMap());
  }

  /**
   * A line with the number, one with each certificate that the CRL does not list, and one with
   * serial number and end of each certificate.
   */
  String text() {
    StringBuilder text = new StringBuilder(NUMBER + " " + number + "\n");
    unlisted
        .values()
        .forEach(entry -> text.append(UNLISTED + " ").append(entry.text()).append('\n'));
    ends.forEach(
        (serial, end) ->
            text.append(SerialNumber.text(serial)).append(' ').append(end).append('\n'));
    return text.toString();
  }

  /**
   * Reads what {@link #text} writes.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static CrlNote parse(String text) {
    BigInteger number = BigInteger.ZERO;
    SortedMap<BigInteger, RevokedCertificate> unlisted = new TreeMap<>();
    SortedMap<BigInteger, Instant> ends = new TreeMap<>();
    for (String line : text.lines().toList()) {
      int space = line.indexOf(' ');
      String name = line.substring(0, Math.max(space, 0));
      String value = line.substring(space + 1);
      if (name.equals(NUMBER)) {
        number = new BigInteger(value);
      } else if (name.equals(UNLISTED)) {
        RevokedCertificate entry = RevokedCertificate.parse(value);
        unlisted.put(entry.serialNumber(), entry);
      } else {
        ends.put(SerialNumber.parse(name), time(value));
      }
    }
    return new CrlNote(number, unlisted, ends);
  }

  private static Instant time(String value) {
    try {
      return Instant.parse(value);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time", e);
    }
  }
}
