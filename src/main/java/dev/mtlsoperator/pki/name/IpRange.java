package dev.mtlsoperator.pki.name;

import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.util.IPAddress;

/**
 * A range of IP addresses: an address and a mask of 4 or 16 octets each, as name constraints encode
 * it (RFC 5280 section 4.2.1.10).
 *
 * <p>Not Bouncy Castle's {@code GeneralName}, which keeps the bits beyond the prefix: {@code
 * 10.1.2.3/8} and {@code 10.0.0.0/8} would be encoded differently.
 */
final class IpRange {
  private static final int IPV4_OCTETS = 4;
  private static final int IPV6_OCTETS = 16;
  private static final int BITS_OF_AN_OCTET = 8;

  private final byte[] address;
  private final byte[] mask;

  private IpRange(byte[] address, byte[] mask) {
    this.address = address;
    this.mask = mask;
  }

  /** Reads CIDR notation such as {@code 192.0.2.0/24}; empty if the text is not a range. */
  static Optional<IpRange> parse(String cidr) {
    String[] parts = cidr.split("/", -1);
    if (parts.length != 2 || !IPAddress.isValid(parts[0]) || !parts[1].matches("[0-9]{1,3}")) {
      return Optional.empty();
    }
    byte[] given = SubjectAltNames.address(parts[0]).getAddress();
    int prefix = Integer.parseInt(parts[1]);
    if (prefix > given.length * BITS_OF_AN_OCTET) {
      return Optional.empty();
    }
    byte[] first = new byte[given.length];
    byte[] mask = new byte[given.length];
    for (int bit = 0; bit < prefix; bit++) {
      int octet = bit / BITS_OF_AN_OCTET;
      int one = 1 << (BITS_OF_AN_OCTET - 1 - bit % BITS_OF_AN_OCTET);
      mask[octet] |= (byte) one;
      first[octet] |= (byte) (given[octet] & one);
    }
    return Optional.of(new IpRange(first, mask));
  }

  /** Reads the encoding in name constraints; empty if it has neither 8 nor 32 octets. */
  static Optional<IpRange> decode(byte[] addressAndMask) {
    int octets = addressAndMask.length / 2;
    return addressAndMask.length % 2 == 0 && isAddress(octets)
        ? Optional.of(
            new IpRange(
                Arrays.copyOf(addressAndMask, octets),
                Arrays.copyOfRange(addressAndMask, octets, addressAndMask.length)))
        : Optional.empty();
  }

  /** Whether an address has this many octets. */
  static boolean isAddress(int octets) {
    return octets == IPV4_OCTETS || octets == IPV6_OCTETS;
  }

  /** The encoding in name constraints. */
  byte[] encoded() {
    byte[] both = Arrays.copyOf(address, address.length + mask.length);
    System.arraycopy(mask, 0, both, address.length, mask.length);
    return both;
  }

  /** Whether an address lies in the range; an IPv4 address never lies in an IPv6 range. */
  boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    for (int i = 0; i < other.length; i++) {
      if (((other[i] ^ address[i]) & mask[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  /** In CIDR notation. */
  @Override
  public String toString() {
    int prefix = 0;
    for (byte octet : mask) {
      prefix += Integer.bitCount(octet & 0xff);
    }
    return SubjectAltNames.literal(address) + "/" + prefix;
  }
}
