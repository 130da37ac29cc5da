package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.util.IPAddress;

/**
 * For which names a CA may sign (RFC 5280 section 4.2.1.10). A kind of name that is not permitted
 * anywhere is not constrained.
 */
public record NameConstraintsExtension(Subtrees permitted, Subtrees excluded) {
  private static final int BITS_OF_A_BYTE = 8;

  /**
   * Names and all below them.
   *
   * @param dnsDomains {@code example.com}: itself and all below
   * @param ipRanges in CIDR notation
   * @param emailAddresses an address, a host, or with a leading dot all hosts of a domain
   * @param uriDomains a host, or with a leading dot all hosts of a domain
   */
  public record Subtrees(
      List<String> dnsDomains,
      List<String> ipRanges,
      List<String> emailAddresses,
      List<String> uriDomains) {
    public Subtrees {
      dnsDomains = List.copyOf(dnsDomains);
      ipRanges = List.copyOf(ipRanges);
      emailAddresses = List.copyOf(emailAddresses);
      uriDomains = List.copyOf(uriDomains);
    }

    public static Subtrees none() {
      return new Subtrees(List.of(), List.of(), List.of(), List.of());
    }

    private GeneralSubtree[] encoded() {
      return Stream.of(
              names(GeneralName.dNSName, dnsDomains),
              ipRanges.stream()
                  .map(
                      range ->
                          new GeneralName(
                              GeneralName.iPAddress, new DEROctetString(addressAndMask(range)))),
              names(GeneralName.rfc822Name, emailAddresses),
              names(GeneralName.uniformResourceIdentifier, uriDomains))
          .flatMap(names -> names)
          .map(GeneralSubtree::new)
          .toArray(GeneralSubtree[]::new);
    }

    private static Stream<GeneralName> names(int kind, List<String> names) {
      return names.stream().map(name -> new GeneralName(kind, name));
    }

    // RFC 5280: the address and the mask, each in 4 or 16 octets
    private static byte[] addressAndMask(String range) {
      String[] parts = range.split("/", -1);
      if (parts.length != 2 || !IPAddress.isValid(parts[0])) {
        throw new PkiException("'" + range + "' is no range of IP addresses such as 192.0.2.0/24");
      }
      byte[] address = SubjectAltNames.address(parts[0]).getAddress();
      byte[] both = new byte[2 * address.length];
      int prefix = Integer.parseInt(parts[1]);
      for (int bit = 0; bit < prefix; bit++) {
        int mask = 1 << (BITS_OF_A_BYTE - 1 - bit % BITS_OF_A_BYTE);
        both[bit / BITS_OF_A_BYTE] |= (byte) (address[bit / BITS_OF_A_BYTE] & mask);
        both[address.length + bit / BITS_OF_A_BYTE] |= (byte) mask;
      }
      return both;
    }
  }

  public static NameConstraintsExtension none() {
    return new NameConstraintsExtension(Subtrees.none(), Subtrees.none());
  }

  /** Whether nothing is constrained: then there is no extension. */
  public boolean isEmpty() {
    return equals(none());
  }

  /** Whether a CA's certificate constrains names just like this. */
  public boolean isThatOf(X509Certificate ca) {
    byte[] found = extension(ca);
    try {
      return isEmpty()
          ? found == null
          : Arrays.equals(found, extension().getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new PkiException("the name constraints cannot be encoded", e);
    }
  }

  public org.bouncycastle.asn1.x509.NameConstraints extension() {
    GeneralSubtree[] allowed = permitted.encoded();
    GeneralSubtree[] forbidden = excluded.encoded();
    return new org.bouncycastle.asn1.x509.NameConstraints(
        allowed.length == 0 ? null : allowed, forbidden.length == 0 ? null : forbidden);
  }

  /**
   * The first name that a CA may not sign for, in words that say what to change; empty: it may sign
   * for all of them. Nothing passes that OpenSSL refuses.
   *
   * @param ca any CA's certificate, not only one made here
   * @throws PkiException when a name or a constraint cannot be judged
   */
  public static Optional<String> violation(
      X509Certificate ca, SubjectAltNames names, DistinguishedName subject) {
    return of(ca).flatMap(found -> ConstrainedNames.of(names, subject).refusedBy(found));
  }

  /** The same of a leaf as encoded. */
  public static Optional<String> violation(X509Certificate ca, X509Certificate leaf) {
    return violation(ca, leaf, ConstrainedNames.Position.LEAF);
  }

  public static Optional<String> violation(
      X509Certificate ca, X509Certificate below, ConstrainedNames.Position position) {
    return of(ca).flatMap(found -> ConstrainedNames.of(below, position).refusedBy(found));
  }

  /** The same of a CA that is yet to be made with these constraints. */
  public Optional<String> violation(SubjectAltNames names, DistinguishedName subject) {
    return isEmpty()
        ? Optional.empty()
        : ConstrainedNames.of(names, subject).refusedBy(extension());
  }

  private static Optional<org.bouncycastle.asn1.x509.NameConstraints> of(X509Certificate ca) {
    return Optional.ofNullable(extension(ca))
        .map(org.bouncycastle.asn1.x509.NameConstraints::getInstance);
  }

  private static byte @org.jspecify.annotations.Nullable [] extension(X509Certificate ca) {
    byte[] extension = ca.getExtensionValue(Extension.nameConstraints.getId());
    return extension == null ? null : ASN1OctetString.getInstance(extension).getOctets();
  }
}
