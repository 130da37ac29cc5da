package dev.mtlsoperator.pki.encoding;

import dev.mtlsoperator.pki.encoding.DerCursor.Element;
import dev.mtlsoperator.pki.encoding.DerCursor.Malformed;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Bounds on certificates from untrusted sources. They are checked on the bytes, in one pass and
 * without recursion deeper than {@link #DEEPEST}, before a parser sees the certificate, because a
 * small input can cause much work in a parser or a verifier.
 */
public final class CertificateLimits {
  /** Four times a hundred names, the longest that the API allows, have 160 KiB. */
  static final int LONGEST = 192 * 1024;

  /** A directory name in a name constraint, the deepest that is in use, lies 16 deep. */
  static final int DEEPEST = 32;

  /** A name has two or three; the largest certificate that the operator issues has about 1,000. */
  static final int MOST_ELEMENTS = 8_000;

  /** The largest roots in use have 4096; the time to verify grows with the square. */
  static final int MOST_MODULUS_BITS = 8192;

  /** 65537 has 17; Go and Windows accept 31 and 32. Verifying needs one squaring per bit. */
  public static final int MOST_EXPONENT_BITS = 64;

  /** An ML-DSA-87 key has 2,592; keys of other known kinds have less. */
  static final int LONGEST_KEY = 8 * 1024;

  /** RFC 5280 section 4.1.2.2: 20; some CAs exceed it. Converting a long one to decimal is slow. */
  static final int LONGEST_INTEGER = 64;

  /** Those in use have about 20 octets. */
  static final int LONGEST_OBJECT_IDENTIFIER = 64;

  /** RFC 5280 knows 17, and public CAs use 12. */
  static final int MOST_EXTENSIONS = 64;

  /** Four kinds, and a hundred of each, can be asked for here. */
  static final int MOST_NAMES = 512;

  /** Eight lists of 32 can be asked for here; two CAs' are compared each with each. */
  static final int MOST_SUBTREES = 256;

  /** Seven lists of eight, and two more, can be asked for here. */
  static final int MOST_ATTRIBUTES = 64;

  /** Those attributes, the longest that the API allows, have 18 KiB. */
  static final int LONGEST_NAME = 24 * 1024;

  /** Policies, and mappings of them, of one CA; federations have about 20. */
  static final int MOST_POLICIES = 64;

  /**
   * Mappings of one policy. A validator keeps a tree of policies that grows by this factor at each
   * CA (RFC 5280 section 6.1).
   */
  static final int MOST_MAPPINGS_OF_A_POLICY = 2;

  /** An RSASSA-PSS key's have 62; named curves 12. */
  private static final int LONGEST_PARAMETERS = 128;

  private static final int VERSION = 0xa0;
  private static final int ISSUER_UNIQUE_ID = 0x81;
  private static final int SUBJECT_UNIQUE_ID = 0x82;
  private static final int EXTENSIONS = 0xa3;
  private static final int PERMITTED = 0xa0;
  private static final int EXCLUDED = 0xa1;
  private static final int SET = 0x31;

  private static final Set<String> RSA = Set.of("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10");
  private static final String ELLIPTIC_CURVE = "1.2.840.10045.2.1";
  private static final Set<String> DSA = Set.of("1.2.840.10040.4.1", "1.3.14.3.2.12");

  /** P-224, P-256, P-384, P-521, secp256k1. */
  private static final Set<String> CURVES =
      Set.of("1.3.132.0.33", "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35", "1.3.132.0.10");

  /** RFC 5639, 224 to 512 bits. */
  private static final String BRAINPOOL = "1.3.36.3.3.2.8.1.1.";

  private static final String ALTERNATIVE_NAMES_OF_SUBJECT = "2.5.29.17";
  private static final String ALTERNATIVE_NAMES_OF_ISSUER = "2.5.29.18";
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String POLICIES = "2.5.29.32";
  private static final String POLICY_MAPPINGS = "2.5.29.33";

  /** Arcs of RFC 5280: parsers look into these extensions. All others are opaque octets. */
  private static final Set<String> PARSED = Set.of("2.5.29.", "1.3.6.1.5.5.7.1.");

  private int elements;

  private CertificateLimits() {}

  /**
   * Checks one certificate.
   *
   * @throws PkiException if it exceeds a bound; the message starts with "holds"
   */
  static void require(byte[] der) {
    within(der.length, LONGEST, "bytes");
    try {
      new CertificateLimits().certificate(der);
    } catch (Malformed e) {
      throw new PkiException("holds no X.509 certificate", e);
    }
  }

  private void certificate(byte[] der) throws Malformed {
    DerCursor outer = DerCursor.over(der);
    DerCursor certificate = outer.next(DerCursor.SEQUENCE).content();
    if (outer.hasMore()) {
      throw new PkiException("holds more than one X.509 certificate in DER");
    }
    DerCursor signed = certificate.next(DerCursor.SEQUENCE).content();
    if (signed.isAt(VERSION)) {
      signed.next();
    }
    within(signed.next(DerCursor.INTEGER).length(), LONGEST_INTEGER, "octets in its serial number");
    signed.next(DerCursor.SEQUENCE);
    name(signed.next(DerCursor.SEQUENCE));
    signed.next(DerCursor.SEQUENCE);
    name(signed.next(DerCursor.SEQUENCE));
    key(signed.next(DerCursor.SEQUENCE));
    if (signed.isAt(ISSUER_UNIQUE_ID)) {
      signed.next();
    }
    if (signed.isAt(SUBJECT_UNIQUE_ID)) {
      signed.next();
    }
    if (signed.isAt(EXTENSIONS)) {
      extensions(signed.next().content().next(DerCursor.SEQUENCE).content());
    }
    if (signed.hasMore()) {
      throw new Malformed("something after the extensions");
    }
    certificate.next(DerCursor.SEQUENCE);
    certificate.next(DerCursor.BIT_STRING);
    walk(DerCursor.over(der), 1);
  }

  private static void name(Element name) throws Malformed {
    within(name.length(), LONGEST_NAME, "bytes in a name");
    int attributes = 0;
    for (DerCursor relative = name.content(); relative.hasMore(); ) {
      attributes += count(relative.next(SET).content());
      within(attributes, MOST_ATTRIBUTES, "attributes in a name");
    }
  }

  private static void key(Element info) throws Malformed {
    DerCursor both = info.content();
    DerCursor algorithm = both.next(DerCursor.SEQUENCE).content();
    String kind = identifier(algorithm.next());
    Element key = both.next(DerCursor.BIT_STRING);
    if (DSA.contains(kind)) {
      throw new PkiException(
          "holds a DSA key, which TLS no longer knows: use ECDSA, RSA or Ed25519");
    }
    if (RSA.contains(kind)) {
      DerCursor numbers = key.bits().next(DerCursor.SEQUENCE).content();
      within(numbers.next().bitLength(), MOST_MODULUS_BITS, "bits in its RSA modulus");
      within(numbers.next().bitLength(), MOST_EXPONENT_BITS, "bits in its RSA exponent");
    }
    if (kind.equals(ELLIPTIC_CURVE)) {
      curve(algorithm);
      if (key.length() > 1 && (key.octet(1) == 2 || key.octet(1) == 3)) {
        throw new PkiException(
            "holds a compressed point of its curve, which Java cannot read"
                + certifiedAgain("-conv_form uncompressed"));
      }
    }
    while (algorithm.hasMore()) {
      within(algorithm.next().length(), LONGEST_PARAMETERS, "bytes in its key's parameters");
    }
    within(key.length(), LONGEST_KEY, "bytes in its key");
  }

  // what is not a name makes a parser compute: whether a number is prime, or the root of a
  // polynomial (RFC 5480 section 2.1.1 forbids it in certificates)
  private static void curve(DerCursor parameters) throws Malformed {
    if (!parameters.isAt(DerCursor.OBJECT_IDENTIFIER)) {
      throw new PkiException(
          "holds a key on an elliptic curve without a name (RFC 5480 section 2.1.1): use P-256, P-384 or P-521"
              + certifiedAgain("-param_enc named_curve"));
    }
    String name = identifier(parameters.next());
    if (!CURVES.contains(name) && !name.startsWith(BRAINPOOL)) {
      throw new PkiException(
          "holds a key on the elliptic curve "
              + name
              + ", which is not supported: use P-256, P-384 or P-521");
    }
  }

  private static String certifiedAgain(String option) {
    return (". Of a root, `openssl ec -in tls.key %s -out new.key`, then"
            + " `openssl x509 -in tls.crt -signkey new.key -days 3650 -out new.crt`, make one that it can")
        .formatted(option);
  }

  private void extensions(DerCursor all) throws Malformed {
    int count = 0;
    while (all.hasMore()) {
      within(++count, MOST_EXTENSIONS, "extensions");
      DerCursor extension = all.next(DerCursor.SEQUENCE).content();
      String kind = identifier(extension.next());
      if (extension.isAt(DerCursor.BOOLEAN)) {
        extension.next();
      }
      Element value = extension.next(DerCursor.OCTET_STRING);
      if (PARSED.stream().anyMatch(kind::startsWith)) {
        walk(value.content(), 1);
        count(kind, value.content());
      }
    }
  }

  private static void count(String kind, DerCursor value) throws Malformed {
    switch (kind) {
      case ALTERNATIVE_NAMES_OF_SUBJECT, ALTERNATIVE_NAMES_OF_ISSUER ->
          within(count(entries(value)), MOST_NAMES, "alternative names");
      case NAME_CONSTRAINTS -> {
        int subtrees = 0;
        for (DerCursor lists = entries(value); lists.hasMore(); ) {
          Element list = lists.next();
          if (list.tag() == PERMITTED || list.tag() == EXCLUDED) {
            subtrees += count(list.content());
          }
        }
        within(subtrees, MOST_SUBTREES, "name constraints");
      }
      case POLICIES -> within(count(entries(value)), MOST_POLICIES, "policies");
      case POLICY_MAPPINGS -> mappings(entries(value));
      default -> {
        // the number of elements bounds all others
      }
    }
  }

  private static void mappings(DerCursor all) throws Malformed {
    Map<String, Integer> byPolicy = new HashMap<>();
    int count = 0;
    while (all.hasMore()) {
      within(++count, MOST_POLICIES, "policy mappings");
      String policy = identifier(all.next(DerCursor.SEQUENCE).content().next());
      within(
          byPolicy.merge(policy, 1, Integer::sum),
          MOST_MAPPINGS_OF_A_POLICY,
          "mappings of one policy");
    }
  }

  private static DerCursor entries(DerCursor value) throws Malformed {
    return value.next(DerCursor.SEQUENCE).content();
  }

  private static int count(DerCursor all) throws Malformed {
    int count = 0;
    while (all.hasMore()) {
      all.next();
      count++;
    }
    return count;
  }

  private static String identifier(Element element) throws Malformed {
    within(element.length(), LONGEST_OBJECT_IDENTIFIER, "octets in an object identifier");
    return element.objectIdentifier();
  }

  private void walk(DerCursor all, int depth) throws Malformed {
    if (depth > DEEPEST) {
      throw new PkiException("holds elements nested more than " + DEEPEST + " deep");
    }
    while (all.hasMore()) {
      Element element = all.next();
      within(++elements, MOST_ELEMENTS, "elements");
      if (element.isConstructed()) {
        walk(element.content(), depth + 1);
      } else if (element.tag() == DerCursor.INTEGER) {
        within(element.length(), LONGEST_INTEGER, "octets in a number");
      } else if (element.tag() == DerCursor.OBJECT_IDENTIFIER) {
        within(element.length(), LONGEST_OBJECT_IDENTIFIER, "octets in an object identifier");
      }
    }
  }

  private static void within(int found, int most, String what) {
    if (found > most) {
      throw new PkiException(
          "holds a certificate with " + found + " " + what + ": at most " + most + " are read");
    }
  }
}
