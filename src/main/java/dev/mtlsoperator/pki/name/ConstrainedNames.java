package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.name.NameSubtree.Match;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;

/**
 * The names of a certificate that name constraints apply to (RFC 5280 section 4.2.1.10), as OpenSSL
 * collects them: the subject as a whole, each e-mail address in it, each subject alternative name
 * and, in a leaf without a DNS name, each common name that looks like one.
 */
public record ConstrainedNames(List<Name> names) {
  /** OpenSSL's bound on names times subtrees, beyond which it refuses a certificate. */
  private static final int MOST_COMPARISONS = 1 << 20;

  /**
   * What OpenSSL regards as a DNS name: two labels or more of letters, digits, hyphens and
   * underscores, no hyphen next to a dot or at an end.
   */
  private static final Pattern LIKE_A_DNS_NAME =
      Pattern.compile("[A-Za-z0-9_]+(-+[A-Za-z0-9_]+)*(\\.[A-Za-z0-9_]+(-+[A-Za-z0-9_]+)*)+");

  private static final String COMMON_NAME = "common name";

  public ConstrainedNames {
    names = List.copyOf(names);
  }

  /** The position of a certificate in its certification path. */
  public enum Position {
    LEAF,
    INTERMEDIATE
  }

  /**
   * A name and its place in the certificate.
   *
   * @param place for messages, such as {@code e-mail address in the subject}
   */
  record Name(GeneralName value, String place) {
    String text() {
      return switch (value.getTagNo()) {
        case GeneralName.iPAddress -> ip(value);
        case GeneralName.directoryName ->
            DistinguishedName.of(X500Name.getInstance(value.getName())).toString();
        default -> value.getName().toString();
      };
    }
  }

  /** The names in a request. */
  static ConstrainedNames of(SubjectAltNames names, DistinguishedName subject) {
    return of(subject.name(), List.of(names.generalNames().getNames()), Position.LEAF);
  }

  /** The names in an encoded certificate. */
  static ConstrainedNames of(X509Certificate certificate, Position position) {
    Certificate encoded = Certificate.getInstance(Der.of(certificate));
    GeneralNames names =
        encoded.getTBSCertificate().getExtensions() == null
            ? null
            : GeneralNames.fromExtensions(
                encoded.getTBSCertificate().getExtensions(), Extension.subjectAlternativeName);
    return of(
        encoded.getSubject(), names == null ? List.of() : List.of(names.getNames()), position);
  }

  private static ConstrainedNames of(
      X500Name subject, List<GeneralName> alternatives, Position position) {
    List<Name> all = new ArrayList<>();
    if (subject.getRDNs().length > 0) {
      all.add(new Name(new GeneralName(subject), "subject"));
    }
    for (ASN1String mail : values(subject, BCStyle.EmailAddress)) {
      if (!(mail instanceof ASN1IA5String)) {
        throw new PkiException(
            "the emailAddress '"
                + mail.getString()
                + "' in the subject is not encoded as IA5String: it cannot be judged by the CA's name constraints");
      }
      all.add(mail(mail.getString()));
    }
    alternatives.forEach(name -> all.add(new Name(name, place(name))));
    boolean namesHosts = alternatives.stream().anyMatch(n -> n.getTagNo() == GeneralName.dNSName);
    if (position == Position.LEAF && !namesHosts) {
      for (ASN1String commonName : values(subject, BCStyle.CN)) {
        commonName(commonName.getString()).ifPresent(all::add);
      }
    }
    return new ConstrainedNames(all);
  }

  private static Name mail(String address) {
    return new Name(
        new GeneralName(GeneralName.rfc822Name, new DERIA5String(address)),
        "e-mail address in the subject");
  }

  private static Optional<Name> commonName(String value) {
    // OpenSSL drops zero octets at the end, and refuses those within
    String name = value.replaceFirst("\\x00+\\z", "");
    if (name.indexOf('\0') >= 0) {
      throw new PkiException(
          "the common name holds a zero octet: it cannot be judged by the CA's name constraints");
    }
    return LIKE_A_DNS_NAME.matcher(name).matches()
        ? Optional.of(
            new Name(new GeneralName(GeneralName.dNSName, new DERIA5String(name)), COMMON_NAME))
        : Optional.empty();
  }

  private static List<ASN1String> values(X500Name subject, ASN1ObjectIdentifier type) {
    List<ASN1String> values = new ArrayList<>();
    for (RDN relative : subject.getRDNs()) {
      for (AttributeTypeAndValue attribute : relative.getTypesAndValues()) {
        if (attribute.getType().equals(type)) {
          if (!(attribute.getValue() instanceof ASN1String text)) {
            throw new PkiException(
                "an attribute of the subject is not text: it cannot be judged by the CA's name constraints");
          }
          values.add(text);
        }
      }
    }
    return values;
  }

  /**
   * A message about the first name that the constraints do not allow; empty if all are allowed.
   *
   * @throws PkiException if a name or a constraint cannot be judged; OpenSSL refuses it too
   */
  Optional<String> refusedBy(org.bouncycastle.asn1.x509.NameConstraints constraints) {
    List<NameSubtree> permitted = subtrees(constraints.getPermittedSubtrees());
    List<NameSubtree> excluded = subtrees(constraints.getExcludedSubtrees());
    if ((long) names.size() * (permitted.size() + excluded.size()) > MOST_COMPARISONS) {
      throw new PkiException(
          "the CA's name constraints are too many: OpenSSL does not compare more than "
              + MOST_COMPARISONS
              + " pairs of a name and a constraint");
    }
    return names.stream().flatMap(name -> refused(name, permitted, excluded).stream()).findFirst();
  }

  private static List<NameSubtree> subtrees(
      GeneralSubtree @org.jspecify.annotations.Nullable [] subtrees) {
    return subtrees == null ? List.of() : List.of(subtrees).stream().map(NameSubtree::of).toList();
  }

  private static Optional<String> refused(
      Name name, List<NameSubtree> permitted, List<NameSubtree> excluded) {
    List<NameSubtree> allowing = about(name, permitted);
    if (!allowing.isEmpty()
        && allowing.stream().noneMatch(s -> s.contains(name.value()) == Match.CERTAIN)) {
      return Optional.of(says(name, "permitted " + NameSubtree.listed(allowing)));
    }
    return about(name, excluded).stream()
        .filter(subtree -> subtree.contains(name.value()) != Match.NONE)
        .findFirst()
        .map(
            subtree ->
                subtree.contains(name.value()) == Match.POSSIBLE && isWildcard(name)
                    ? "the wildcard '"
                        + name.text()
                        + "' could match '"
                        + subtree
                        + "', which the CA's name constraints exclude: give the single names instead"
                    : says(name, "excluded " + NameSubtree.listed(List.of(subtree))));
  }

  private static List<NameSubtree> about(Name name, List<NameSubtree> subtrees) {
    List<NameSubtree> about = subtrees.stream().filter(s -> s.isAbout(name.value())).toList();
    about.forEach(NameSubtree::requireAllDepths);
    return about;
  }

  private static boolean isWildcard(Name name) {
    return name.text().startsWith("*.");
  }

  private static String says(Name name, String constraint) {
    return "the CA's name constraints do not allow '"
        + name.text()
        + "' ("
        + name.place()
        + "): "
        + constraint
        + ". "
        + (name.place().equals(COMMON_NAME)
            ? "OpenSSL takes a common name with dots for a DNS name where the certificate has none: give a DNS name that is allowed in dnsNames, or a common name without dots"
            : "Ask for another name, or have the CA's name constraints changed");
  }

  private static String place(GeneralName name) {
    return switch (name.getTagNo()) {
      case GeneralName.dNSName -> "DNS name";
      case GeneralName.iPAddress -> "IP address";
      case GeneralName.uniformResourceIdentifier -> "URI";
      case GeneralName.rfc822Name -> "e-mail address";
      case GeneralName.directoryName -> "directory name";
      default -> "name of kind " + name.getTagNo();
    };
  }

  private static String ip(GeneralName name) {
    return SubjectAltNames.literal(ASN1OctetString.getInstance(name.getName()).getOctets());
  }
}
