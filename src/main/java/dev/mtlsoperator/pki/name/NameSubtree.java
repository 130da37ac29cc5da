package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1UniversalString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;

/**
 * A subtree of names in name constraints (RFC 5280 section 4.2.1.10). A name is within it for
 * certain only where OpenSSL ({@code nc_match_single}) and the plain meaning of the name agree: a
 * dot at its end, a user before a URI's host or a wildcard shall open nothing and hide nothing.
 */
final class NameSubtree {
  private static final int MOST_SHOWN = 8;
  private static final int IPV4_OCTETS = 4;
  private static final int IPV6_OCTETS = 16;

  private final GeneralSubtree subtree;
  private final GeneralName base;

  private NameSubtree(GeneralSubtree subtree) {
    this.subtree = subtree;
    this.base = subtree.getBase();
  }

  /** Whether a name is within a subtree. */
  enum Match {
    /** Every verifier says so. */
    CERTAIN,
    /** Some verifier may: not enough where it has to be, too much where it must not be. */
    POSSIBLE,
    NONE;

    private static Match both(boolean openssl, boolean plain) {
      return openssl && plain ? CERTAIN : openssl || plain ? POSSIBLE : NONE;
    }
  }

  /** As encoded. */
  static NameSubtree of(GeneralSubtree subtree) {
    return new NameSubtree(subtree);
  }

  /**
   * Refuses what RFC 5280 section 4.2.1.10 does not allow, and verifiers do not know.
   *
   * @throws PkiException when it has a minimum other than zero, or a maximum
   */
  void requireAllDepths() {
    if (subtree.getMaximum() != null || subtree.getMinimum().signum() != 0) {
      throw new PkiException(
          "the CA's name constraints have a minimum or a maximum: verifiers refuse them (RFC 5280 section 4.2.1.10)");
    }
  }

  /** Whether it says anything of names of that kind. */
  boolean isAbout(GeneralName name) {
    return name.getTagNo() == base.getTagNo()
        && (base.getTagNo() != GeneralName.otherName || otherType(name).equals(otherType(base)));
  }

  private static ASN1Encodable otherType(GeneralName name) {
    return ASN1Sequence.getInstance(name.getName()).getObjectAt(0);
  }

  /**
   * Whether a name of its kind is within.
   *
   * @throws PkiException when that cannot be said
   */
  Match contains(GeneralName name) {
    return switch (base.getTagNo()) {
      case GeneralName.dNSName -> dns(text(name), text(base));
      case GeneralName.rfc822Name -> email(text(name), text(base));
      case GeneralName.uniformResourceIdentifier -> uri(text(name), text(base));
      case GeneralName.iPAddress -> ip(octets(name), octets(base));
      case GeneralName.directoryName ->
          directory(X500Name.getInstance(name.getName()), X500Name.getInstance(base.getName()));
      default ->
          throw new PkiException(
              "the CA's name constraints are about names of kind "
                  + base.getTagNo()
                  + ", which verifiers do not know, and the certificate has one");
    };
  }

  private static Match dns(String name, String base) {
    Match match =
        Match.both(
            isDnsWithin(name, base), isDnsWithin(withoutLastDot(name), withoutLastDot(base)));
    // *.example.org matches secret.example.org, though its asterisk is a label of its own
    boolean couldMatch =
        name.startsWith("*.")
            && ("." + withoutFirstDot(withoutLastDot(base)))
                .endsWith(withoutLastDot(name).substring(1));
    return match == Match.NONE && couldMatch ? Match.POSSIBLE : match;
  }

  // empty: all of them
  private static boolean isDnsWithin(String name, String base) {
    return base.isEmpty()
        || (name.endsWith(base)
            && (name.length() == base.length()
                || base.startsWith(".")
                || name.charAt(name.length() - base.length() - 1) == '.'));
  }

  private static Match email(String name, String base) {
    int at = name.lastIndexOf('@');
    if (at < 0) {
      throw new PkiException(
          "'"
              + name
              + "' is no e-mail address: it cannot be judged by the CA's name constraints, and OpenSSL refuses it. Write it as jane@example.com");
    }
    return Match.both(
        isMailboxWithin(name, base), isMailboxWithin(withoutLastDot(name), withoutLastDot(base)));
  }

  // the host in any case, what stands before it in its own
  private static boolean isMailboxWithin(String name, String base) {
    int at = name.lastIndexOf('@');
    int baseAt = base.lastIndexOf('@');
    if (baseAt < 0 && base.startsWith(".")) {
      return name.length() > base.length() && lower(name).endsWith(lower(base));
    }
    boolean sameLocalPart = baseAt <= 0 || name.substring(0, at).equals(base.substring(0, baseAt));
    return sameLocalPart && lower(name.substring(at + 1)).equals(lower(base.substring(baseAt + 1)));
  }

  private static Match uri(String name, String base) {
    String lower = lower(name);
    int colon = lower.indexOf(':');
    if (colon < 0 || !lower.startsWith("//", colon + 1)) {
      throw unjudgeable(name);
    }
    String rest = lower.substring(colon + "://".length());
    String openssl = hostOfOpenssl(rest);
    String host = host(rest);
    if (openssl.isEmpty() || host.isEmpty() || host.startsWith("[") || isIPv4(host)) {
      throw unjudgeable(name);
    }
    return Match.both(
        isHostWithin(openssl, lower(base)),
        isHostWithin(withoutLastDot(host), withoutLastDot(lower(base))));
  }

  private static PkiException unjudgeable(String uri) {
    return new PkiException(
        "the URI '"
            + uri
            + "' names no host: it cannot be judged by the CA's name constraints, and OpenSSL or Go refuse it. Write it as scheme://host/path, or leave it out");
  }

  // up to a colon anywhere, else to a slash
  private static String hostOfOpenssl(String rest) {
    int colon = rest.indexOf(':');
    int end = colon < 0 ? rest.indexOf('/') : colon;
    return end < 0 ? rest : rest.substring(0, end);
  }

  // RFC 3986 section 3.2: between a user and a port
  private static String host(String rest) {
    String authority = rest.split("[/?#\\\\]", 2)[0];
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    int port = host.startsWith("[") ? -1 : host.indexOf(':');
    return port < 0 ? host : host.substring(0, port);
  }

  private static boolean isIPv4(String host) {
    return withoutLastDot(host).matches("[0-9]+(\\.[0-9]+){3}");
  }

  private static boolean isHostWithin(String host, String base) {
    return base.startsWith(".")
        ? host.length() > base.length() && host.endsWith(base)
        : host.equals(base);
  }

  private static Match ip(byte[] address, byte[] addressAndMask) {
    int octets = address.length;
    if ((octets != IPV4_OCTETS && octets != IPV6_OCTETS)
        || (addressAndMask.length != 2 * IPV4_OCTETS && addressAndMask.length != 2 * IPV6_OCTETS)) {
      throw new PkiException("an IP address or a range in the CA's name constraints is none");
    }
    if (2 * octets != addressAndMask.length) {
      return Match.NONE;
    }
    for (int i = 0; i < octets; i++) {
      if (((address[i] ^ addressAndMask[i]) & addressAndMask[octets + i]) != 0) {
        return Match.NONE;
      }
    }
    return Match.CERTAIN;
  }

  // each RDN of the base, in this order, is one of the name's first
  private static Match directory(X500Name name, X500Name base) {
    RDN[] found = name.getRDNs();
    RDN[] wanted = base.getRDNs();
    if (found.length < wanted.length) {
      return Match.NONE;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (!Arrays.equals(canonical(found[i]), canonical(wanted[i]))) {
        return Match.NONE;
      }
    }
    return Match.CERTAIN;
  }

  // as OpenSSL's x509_name_canon: UTF-8, ASCII in lower case, no spaces around, single ones within
  private static byte[] canonical(RDN relative) {
    ASN1EncodableVector all = new ASN1EncodableVector();
    for (AttributeTypeAndValue attribute : relative.getTypesAndValues()) {
      ASN1Encodable value = attribute.getValue();
      if (value instanceof ASN1UniversalString) {
        throw new PkiException(
            "a directory name holds a UniversalString: it cannot be judged by the CA's name constraints");
      }
      all.add(
          new DERSequence(
              new ASN1Encodable[] {
                attribute.getType(),
                value instanceof ASN1String text
                    ? new DERUTF8String(
                        lower(
                            text.getString()
                                .replaceAll("^[ \\t-\\r]+|[ \\t-\\r]+$", "")
                                .replaceAll("[ \\t-\\r]+", " ")))
                    : value
              }));
    }
    try {
      return new DERSet(all).getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new PkiException("a directory name cannot be encoded", e);
    }
  }

  private static byte[] octets(GeneralName name) {
    return ASN1OctetString.getInstance(name.getName()).getOctets();
  }

  private static String text(GeneralName name) {
    String text = ((ASN1String) name.getName()).getString();
    return name.getTagNo() == GeneralName.dNSName ? lower(text) : text;
  }

  private static String withoutLastDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static String withoutFirstDot(String name) {
    return name.startsWith(".") ? name.substring(1) : name;
  }

  // ASCII only: other alphabets have letters that fold to these
  private static String lower(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    text.chars()
        .forEach(c -> lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : (char) c));
    return lower.toString();
  }

  /** The first of them, for messages. */
  static String listed(List<NameSubtree> subtrees) {
    List<String> shown = new ArrayList<>();
    subtrees.stream().limit(MOST_SHOWN).map(NameSubtree::toString).forEach(shown::add);
    if (subtrees.size() > MOST_SHOWN) {
      shown.add((subtrees.size() - MOST_SHOWN) + " more");
    }
    return (subtrees.size() == 1 ? "is " : "are ")
        + shown.stream().collect(Collectors.joining(", "));
  }

  /** As one writes it in a spec. */
  @Override
  public String toString() {
    return switch (base.getTagNo()) {
      case GeneralName.iPAddress -> range(octets(base));
      case GeneralName.directoryName ->
          "'" + DistinguishedName.of(X500Name.getInstance(base.getName())) + "'";
      case GeneralName.dNSName -> text(base).isEmpty() ? "every DNS name" : text(base);
      case GeneralName.rfc822Name, GeneralName.uniformResourceIdentifier ->
          text(base).isEmpty() ? "none" : text(base);
      default -> "a name of kind " + base.getTagNo();
    };
  }

  private static String range(byte[] addressAndMask) {
    int octets = addressAndMask.length / 2;
    int prefix = 0;
    for (int i = octets; i < addressAndMask.length; i++) {
      prefix += Integer.bitCount(addressAndMask[i] & 0xff);
    }
    return SubjectAltNames.literal(Arrays.copyOf(addressAndMask, octets)) + "/" + prefix;
  }
}
