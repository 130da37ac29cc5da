package dev.mtlsoperator.pki.encoding;

import dev.mtlsoperator.pki.encoding.DerCursor.Element;
import dev.mtlsoperator.pki.encoding.DerCursor.Malformed;

/**
 * Bounds on private keys from untrusted sources, checked on the bytes before a parser sees the key.
 */
public final class KeyLimits {
  /** PKCS#8 with attributes (RFC 5958), the deepest, has four. */
  private static final int DEEPEST = 8;

  /** An RSA key has ten. */
  private static final int MOST_ELEMENTS = 64;

  private int elements;

  private KeyLimits() {}

  /**
   * Checks one private key: PKCS#8, PKCS#1 or SEC1.
   *
   * @throws PkiException if it exceeds a bound
   */
  public static void require(byte[] der) {
    try {
      DerCursor outer = DerCursor.over(der);
      DerCursor key = outer.next(DerCursor.SEQUENCE).content();
      if (outer.hasMore()) {
        throw new Malformed("something after the key");
      }
      new KeyLimits().walk(key, 1);
    } catch (Malformed e) {
      // the cause may tell of the key: it is not passed on
      throw new PkiException("the private key cannot be read: it is not DER");
    }
  }

  private void walk(DerCursor all, int depth) throws Malformed {
    while (all.hasMore()) {
      Element element = all.next();
      if (++elements > MOST_ELEMENTS || depth > DEEPEST) {
        throw new PkiException("the private key is made of more than any supported key");
      }
      if (element.isConstructed()) {
        walk(element.content(), depth + 1);
      } else if (element.tag() == DerCursor.INTEGER
          && element.length() > CertificateLimits.MOST_MODULUS_BITS / Byte.SIZE + 1) {
        throw new PkiException(
            "the private key has a number of more than "
                + CertificateLimits.MOST_MODULUS_BITS
                + " bits, more than any supported key");
      } else if (element.tag() == DerCursor.OCTET_STRING
          && element.content().isAt(DerCursor.SEQUENCE)) {
        // PKCS#8 has the key itself in one; a seed, or a number, may look like anything
        nested(element, depth);
      }
    }
  }

  private void nested(Element octets, int depth) {
    DerCursor inner = octets.content();
    try {
      Element key = inner.next();
      if (!inner.hasMore()) {
        walk(key.content(), depth + 1);
      }
    } catch (Malformed e) {
      // a number that begins like a SEQUENCE: one P-256 key of 65,536 does, with its very length
    }
  }
}
