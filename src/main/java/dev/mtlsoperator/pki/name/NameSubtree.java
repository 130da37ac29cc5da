package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;

/**
 * A subtree of names in name constraints (RFC 5280 section 4.2.1.10). A name matches with certainty
 * only if OpenSSL ({@code nc_match_single}) and the plain meaning of the name agree, so that a dot
 * at its end, a user before a URI's host or a wildcard cannot evade a constraint.
 */
final class NameSubtree {
  private static final int MOST_SHOWN = 8;

  private final GeneralSubtree subtree;
  private final GeneralName base;

  private NameSubtree(GeneralSubtree subtree) {
    this.subtree = subtree;
    this.base = subtree.getBase();
  }

  /** Whether a name lies within a subtree. */
  enum Match {
    /** All verifiers agree that it does. */
    CERTAIN,
    /**
     * Some verifier may think so: not enough for a permitted subtree, too much for an excluded one.
     */
    POSSIBLE,
    NONE;

    private static Match both(boolean openssl, boolean plain) {
      return openssl && plain ? CERTAIN : openssl || plain ? POSSIBLE : NONE;
    }
  }

  /** The subtree in an encoding. */
  static NameSubtree of(GeneralSubtree subtree) {
    return new NameSubtree(subtree);
  }

  /**
   * Refuses bounds on depth, which RFC 5280 section 4.2.1.10 does not allow.
   *
   * @throws PkiException if it has a minimum other than zero, or a maximum
   */
  void requireAllDepths() {
    if (subtree.getMaximum() != null || subtree.getMinimum().signum() != 0) {
      throw new PkiException(
          "the CA's name constraints have a minimum or a maximum: verifiers refuse them (RFC 5280 section 4.2.1.10)");
    }
  }

  /** Whether it constrains names of this kind. */
  boolean isAbout(GeneralName name) {
    return name.getTagNo() == base.getTagNo()
        && (base.getTagNo() != GeneralName.otherName || otherType(name).equals(otherType(base)));
  }

  private static ASN1Encodable otherType(GeneralName name) {
    return ASN1Sequence.getInstance(name.getName()).getObjectAt(0);
  }

  /**
   * Whether a name of its kind lies within it.
   *
   * @throws PkiException if that cannot be decided
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

  // an empty base matches all names
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
              + "' is not an e-mail address: it cannot be judged by the CA's name constraints, and OpenSSL refuses it. Write it as jane@example.com");
    }
    return Match.both(
        isMailboxWithin(name, base), isMailboxWithin(withoutLastDot(name), withoutLastDot(base)));
  }

  // the host matches in any letter case, the local part only in its own
  private static boolean isMailboxWithin(String name, String base) {
    int at = name.lastIndexOf('@');
    int baseAt = base.lastIndexOf('@');
    if (baseAt < 0 && base.startsWith(".")) {
      return name.length() > base.length() && AsciiCase.lower(name).endsWith(AsciiCase.lower(base));
    }
    boolean sameLocalPart = baseAt <= 0 || name.substring(0, at).equals(base.substring(0, baseAt));
    return sameLocalPart
        && AsciiCase.lower(name.substring(at + 1))
            .equals(AsciiCase.lower(base.substring(baseAt + 1)));
  }

  private static Match uri(String name, String base) {
    String lower = AsciiCase.lower(name);
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
        isHostWithin(openssl, AsciiCase.lower(base)),
        isHostWithin(withoutLastDot(host), withoutLastDot(AsciiCase.lower(base))));
  }

  private static PkiException unjudgeable(String uri) {
    return new PkiException(
        "the URI '"
            + uri
            + "' names no host: it cannot be judged by the CA's name constraints, and OpenSSL or Go refuse it. Write it as scheme://host/path, or leave it out");
  }

  // OpenSSL ends the host at the first colon, or else at the first slash
  private static String hostOfOpenssl(String rest) {
    int colon = rest.indexOf(':');
    int end = colon < 0 ? rest.indexOf('/') : colon;
    return end < 0 ? rest : rest.substring(0, end);
  }

  // RFC 3986 section 3.2: the host lies between user and port
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
    IpRange range =
        IpRange.decode(addressAndMask)
            .filter(decoded -> IpRange.isAddress(address.length))
            .orElseThrow(
                () ->
                    new PkiException(
                        "an IP address or a range in the CA's name constraints is damaged"));
    return range.contains(address) ? Match.CERTAIN : Match.NONE;
  }

  // the RDNs of the base are a prefix of the name
  private static Match directory(X500Name name, X500Name base) {
    RDN[] found = name.getRDNs();
    RDN[] wanted = base.getRDNs();
    if (found.length < wanted.length) {
      return Match.NONE;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (!CanonicalRdn.same(found[i], wanted[i])) {
        return Match.NONE;
      }
    }
    return Match.CERTAIN;
  }

  private static byte[] octets(GeneralName name) {
    return ASN1OctetString.getInstance(name.getName()).getOctets();
  }

  private static String text(GeneralName name) {
    String text = ((ASN1String) name.getName()).getString();
    return name.getTagNo() == GeneralName.dNSName ? AsciiCase.lower(text) : text;
  }

  private static String withoutLastDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static String withoutFirstDot(String name) {
    return name.startsWith(".") ? name.substring(1) : name;
  }

  /** The first few subtrees, for messages. */
  static String listed(List<NameSubtree> subtrees) {
    List<String> shown = new ArrayList<>();
    subtrees.stream().limit(MOST_SHOWN).map(NameSubtree::toString).forEach(shown::add);
    if (subtrees.size() > MOST_SHOWN) {
      shown.add((subtrees.size() - MOST_SHOWN) + " more");
    }
    return (subtrees.size() == 1 ? "is " : "are ")
        + shown.stream().collect(Collectors.joining(", "));
  }

  /** In the notation of a spec. */
  @Override
  public String toString() {
    return switch (base.getTagNo()) {
      case GeneralName.iPAddress ->
          IpRange.decode(octets(base)).map(IpRange::toString).orElse("a damaged range");
      case GeneralName.directoryName ->
          "'" + DistinguishedName.of(X500Name.getInstance(base.getName())) + "'";
      case GeneralName.dNSName -> text(base).isEmpty() ? "every DNS name" : text(base);
      case GeneralName.rfc822Name, GeneralName.uniformResourceIdentifier ->
          text(base).isEmpty() ? "none" : text(base);
      default -> "a name of kind " + base.getTagNo();
    };
  }
}
