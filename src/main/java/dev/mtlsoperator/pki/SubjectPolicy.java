package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NamePattern;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * Which attributes a CA signs in the subject of a leaf.
 *
 * @param ca the CA's own subject: attributes that tell where the holder belongs are allowed with
 *     the values that stand there
 * @param namespace of the leaf
 */
record SubjectPolicy(
    AllowList commonNames, AllowList emailAddresses, X500Name ca, String namespace) {
  private static final Map<ASN1ObjectIdentifier, String> BELONGING =
      Map.of(
          BCStyle.O, "O",
          BCStyle.OU, "OU",
          BCStyle.C, "C",
          BCStyle.ST, "ST",
          BCStyle.L, "L",
          BCStyle.STREET, "STREET",
          BCStyle.POSTAL_CODE, "postalCode",
          BCStyle.DC, "DC");

  /** Why the first attribute that is not allowed is refused; empty: all of them are allowed. */
  Optional<String> refusal(X500Name subject) {
    for (RDN relative : subject.getRDNs()) {
      for (AttributeTypeAndValue attribute : relative.getTypesAndValues()) {
        Optional<String> refused = refusal(attribute);
        if (refused.isPresent()) {
          return refused;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> refusal(AttributeTypeAndValue attribute) {
    ASN1ObjectIdentifier type = attribute.getType();
    String value = text(attribute);
    if (type.equals(BCStyle.CN)) {
      return commonNames.refusal(
          "the common name", value, pattern -> NamePattern.text(pattern, namespace, value));
    }
    if (type.equals(BCStyle.EmailAddress)) {
      return emailAddresses.refusal(
          "the emailAddress in the subject",
          value,
          pattern -> NamePattern.email(pattern, namespace, value));
    }
    String name = BELONGING.get(type);
    return name == null
        ? Optional.of(
            "the policy of its CA does not allow "
                + DistinguishedName.label(type)
                + " in the subject, whatever it says ('"
                + value
                + "'): leave it out")
        : belonging(name, value, values(type));
  }

  private static Optional<String> belonging(String name, String value, List<String> allowed) {
    return allowed.contains(value)
        ? Optional.empty()
        : Optional.of(
            "the policy of its CA does not allow "
                + name
                + "='"
                + value
                + "' in the subject: "
                + (allowed.isEmpty()
                    ? "the CA's own subject has no " + name + ", so leave it out"
                    : "leave it out, or write what the CA's own subject says: "
                        + String.join(", ", allowed)));
  }

  private List<String> values(ASN1ObjectIdentifier type) {
    return Stream.of(ca.getRDNs())
        .flatMap(relative -> Stream.of(relative.getTypesAndValues()))
        .filter(attribute -> attribute.getType().equals(type))
        .map(SubjectPolicy::text)
        .collect(Collectors.toList());
  }

  private static String text(AttributeTypeAndValue attribute) {
    return attribute.getValue() instanceof ASN1String string
        ? string.getString()
        : attribute.getValue().toString();
  }
}
