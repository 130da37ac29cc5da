package dev.mtlsoperator.pki.encoding;

import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;

/**
 * Walks over DER (X.690 section 10) without building objects. It accepts only definite, minimal
 * lengths that fit into the input.
 */
final class DerCursor {
  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_IDENTIFIER = 0x06;
  static final int SEQUENCE = 0x30;

  private static final int CONSTRUCTED = 0x20;
  private static final int MULTI_BYTE_TAG = 0x1f;
  private static final int LONG_FORM = 0x80;
  private static final int BITS_OF_A_BYTE = 8;

  /** 16 MiB: more than any Kubernetes object has. */
  private static final int MOST_LENGTH_OCTETS = 3;

  private final byte[] bytes;
  private final int end;
  private int at;

  private DerCursor(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  static DerCursor over(byte[] der) {
    return new DerCursor(der, 0, der.length);
  }

  /** Thrown if the input is not DER, or not of the expected form. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** One tag, length and value; the value is not copied. */
  static final class Element {
    private final int tag;
    private final byte[] bytes;
    private final int from;
    private final int end;

    private Element(int tag, byte[] bytes, int from, int end) {
      this.tag = tag;
      this.bytes = bytes;
      this.from = from;
      this.end = end;
    }

    int tag() {
      return tag;
    }

    int length() {
      return end - from;
    }

    /** One of its octets, from 0. */
    int octet(int index) {
      return bytes[from + index] & 0xff;
    }

    boolean isConstructed() {
      return (tag & CONSTRUCTED) != 0;
    }

    /** A cursor over the DER inside. */
    DerCursor content() {
      return new DerCursor(bytes, from, end);
    }

    /** A cursor over the DER inside a BIT STRING of whole octets. */
    DerCursor bits() throws Malformed {
      if (tag != BIT_STRING || length() == 0 || bytes[from] != 0) {
        throw new Malformed("a BIT STRING of whole octets is expected");
      }
      return new DerCursor(bytes, from + 1, end);
    }

    /** Bits of a positive INTEGER. */
    int bitLength() throws Malformed {
      if (tag != INTEGER || length() == 0 || bytes[from] < 0) {
        throw new Malformed("a positive INTEGER is expected");
      }
      int first = from;
      while (first < end && bytes[first] == 0) {
        first++;
      }
      return first == end
          ? 0
          : (end - first) * BITS_OF_A_BYTE
              - (Integer.numberOfLeadingZeros(bytes[first] & 0xff) - (Integer.SIZE - Byte.SIZE));
    }

    /** An OBJECT IDENTIFIER in dotted notation. */
    String objectIdentifier() throws Malformed {
      if (tag != OBJECT_IDENTIFIER) {
        throw new Malformed("an OBJECT IDENTIFIER is expected");
      }
      try {
        return ASN1ObjectIdentifier.fromContents(Arrays.copyOfRange(bytes, from, end)).getId();
      } catch (IllegalArgumentException e) {
        throw new Malformed("an OBJECT IDENTIFIER is garbled");
      }
    }
  }

  boolean hasMore() {
    return at < end;
  }

  /** Whether the next element has that tag. */
  boolean isAt(int tag) {
    return hasMore() && (bytes[at] & 0xff) == tag;
  }

  /** The next element, which must have that tag. */
  Element next(int tag) throws Malformed {
    if (!isAt(tag)) {
      throw new Malformed("another element is expected");
    }
    return next();
  }

  /** The next element. */
  Element next() throws Malformed {
    int tag = octet();
    if ((tag & MULTI_BYTE_TAG) == MULTI_BYTE_TAG) {
      throw new Malformed("a tag of several octets");
    }
    int length = length();
    if (length > end - at) {
      throw new Malformed("an element is cut off");
    }
    Element element = new Element(tag, bytes, at, at + length);
    at += length;
    return element;
  }

  private int length() throws Malformed {
    int first = octet();
    if (first < LONG_FORM) {
      return first;
    }
    int octets = first - LONG_FORM;
    if (octets == 0 || octets > MOST_LENGTH_OCTETS) {
      throw new Malformed("a length that is indefinite or too large");
    }
    int length = 0;
    for (int i = 0; i < octets; i++) {
      length = length << BITS_OF_A_BYTE | octet();
    }
    if (length < LONG_FORM || length < (1 << ((octets - 1) * BITS_OF_A_BYTE))) {
      throw new Malformed("a length with more octets than it needs");
    }
    return length;
  }

  private int octet() throws Malformed {
    if (!hasMore()) {
      throw new Malformed("an element is cut off");
    }
    return bytes[at++] & 0xff;
  }
}
