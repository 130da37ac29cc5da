package dev.mtlsoperator.pki.encoding;

import dev.mtlsoperator.pki.encoding.DerCursor.Element;
import dev.mtlsoperator.pki.encoding.DerCursor.Malformed;
import java.util.Optional;

/**
 * Bounds on CRLs from untrusted sources. Like {@link CertificateLimits} they are checked on the
 * bytes, before a parser sees the CRL.
 */
public final class CrlLimits {
  /** No object in Kubernetes holds more; it is about 25,000 entries. */
  public static final int LONGEST = 1024 * 1024;

  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int EXTENSIONS = 0xa0;

  /** Parsers look into the extensions of this arc. */
  private static final String RFC_5280 = "2.5.29.";

  private CrlLimits() {}

  /**
   * Checks that it is one CRL within these bounds.
   *
   * @throws PkiException if not; the message says what it is
   */
  public static void require(byte[] der) {
    if (der.length > LONGEST) {
      throw new PkiException(
          "the CRL is too large: it has "
              + der.length
              + " bytes, at most "
              + LONGEST
              + " are read. A CA that drops expired certificates from it keeps it small");
    }
    if (!DerForm.of(der).equals(Optional.of(FileForm.CRL))) {
      throw new PkiException("it is " + Recognized.of(der).told(SuppliedFile.Use.REVOCATION_LISTS));
    }
    try {
      list(DerCursor.over(der));
    } catch (Malformed e) {
      throw new PkiException(
          "the CRL is damaged (" + e.getMessage() + "): fetch it again from its CA", e);
    }
  }

  private static void list(DerCursor all) throws Malformed {
    DerCursor list = all.next(DerCursor.SEQUENCE).content();
    if (all.hasMore()) {
      throw new Malformed("something follows after its end");
    }
    DerCursor signed = list.next(DerCursor.SEQUENCE).content();
    list.next(DerCursor.SEQUENCE);
    // with unused bits the same signature would have several encodings
    list.next(DerCursor.BIT_STRING).bits();
    if (list.hasMore()) {
      throw new Malformed("something follows after its signature");
    }
    if (signed.isAt(DerCursor.INTEGER)) {
      signed.next();
    }
    walk(signed.next(DerCursor.SEQUENCE).content(), 1);
    Element issuer = signed.next(DerCursor.SEQUENCE);
    within(issuer.length(), CertificateLimits.LONGEST_NAME, "bytes in the name of its issuer");
    walk(issuer.content(), 1);
    while (signed.isAt(UTC_TIME) || signed.isAt(GENERALIZED_TIME)) {
      signed.next();
    }
    if (signed.isAt(DerCursor.SEQUENCE)) {
      walk(signed.next().content(), 1);
    }
    if (signed.isAt(EXTENSIONS)) {
      extensions(signed.next().content().next(DerCursor.SEQUENCE).content());
    }
    if (signed.hasMore()) {
      throw new Malformed("something follows after its extensions");
    }
  }

  private static void extensions(DerCursor all) throws Malformed {
    int count = 0;
    while (all.hasMore()) {
      within(++count, CertificateLimits.MOST_EXTENSIONS, "extensions");
      DerCursor extension = all.next(DerCursor.SEQUENCE).content();
      Element kind = extension.next(DerCursor.OBJECT_IDENTIFIER);
      within(
          kind.length(),
          CertificateLimits.LONGEST_OBJECT_IDENTIFIER,
          "octets in an object identifier");
      if (extension.isAt(DerCursor.BOOLEAN)) {
        extension.next();
      }
      Element value = extension.next(DerCursor.OCTET_STRING);
      if (kind.objectIdentifier().startsWith(RFC_5280)) {
        walk(value.content(), 1);
      }
    }
  }

  private static void walk(DerCursor all, int depth) throws Malformed {
    within(depth, CertificateLimits.DEEPEST, "levels of nested elements");
    while (all.hasMore()) {
      Element element = all.next();
      if (element.isConstructed()) {
        walk(element.content(), depth + 1);
      } else if (element.tag() == DerCursor.INTEGER) {
        within(element.length(), CertificateLimits.LONGEST_INTEGER, "octets in a number");
      } else if (element.tag() == DerCursor.OBJECT_IDENTIFIER) {
        within(
            element.length(),
            CertificateLimits.LONGEST_OBJECT_IDENTIFIER,
            "octets in an object identifier");
      }
    }
  }

  private static void within(int found, int most, String what) {
    if (found > most) {
      throw new PkiException(
          "the CRL has " + found + " " + what + ": at most " + most + " are read");
    }
  }
}
