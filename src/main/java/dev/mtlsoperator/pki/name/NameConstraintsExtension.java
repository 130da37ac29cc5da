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

/**
 * The name constraints of a CA: the names for which it may sign (RFC 5280 section 4.2.1.10). A kind
 * of name for which nothing is permitted is not constrained.
 */
public record NameConstraintsExtension(Subtrees permitted, Subtrees excluded) {
  /**
   * Subtrees of names.
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

    private static byte[] addressAndMask(String range) {
      return IpRange.parse(range)
          .orElseThrow(
              () ->
                  new PkiException(
                      "'" + range + "' is not a range of IP addresses such as 192.0.2.0/24"))
          .encoded();
    }
  }

  public static NameConstraintsExtension none() {
    return new NameConstraintsExtension(Subtrees.none(), Subtrees.none());
  }

  /** Whether nothing is constrained, so that the CA's certificate has no such extension. */
  public boolean isEmpty() {
    return equals(none());
  }

  /** Whether a CA's certificate has exactly these constraints. */
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
   * A message about the first name for which a CA may not sign, and what to change; empty if it may
   * sign for all of them. Nothing that OpenSSL refuses passes.
   *
   * @param ca certificate of any CA, made here or elsewhere
   * @throws PkiException if a name or a constraint cannot be judged
   */
  public static Optional<String> violation(
      X509Certificate ca, SubjectAltNames names, DistinguishedName subject) {
    return of(ca).flatMap(found -> ConstrainedNames.of(names, subject).refusedBy(found));
  }

  /** The same for an encoded leaf. */
  public static Optional<String> violation(X509Certificate ca, X509Certificate leaf) {
    return violation(ca, leaf, ConstrainedNames.Position.LEAF);
  }

  public static Optional<String> violation(
      X509Certificate ca, X509Certificate below, ConstrainedNames.Position position) {
    return of(ca).flatMap(found -> ConstrainedNames.of(below, position).refusedBy(found));
  }

  /** The same for a CA that is yet to be made with these constraints. */
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
