package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.name.NamePattern;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;

/**
 * What a CA signs for others: of each kind of name only what is listed. It is judged on the
 * certificate as encoded, so that no way of asking goes around it: every attribute of every RDN of
 * the subject, every subject alternative name, the extended key usage and the validity.
 *
 * <p>Common names and e-mail addresses in the subject need a pattern. Attributes that say where the
 * holder belongs (O, OU, C, ST, L, street, postal code, DC) are allowed as they stand in the CA's
 * own subject; others, such as UID and serialNumber, are not. Names of kinds that no list is about
 * are refused.
 *
 * @param profiles servers, clients or both
 * @param commonNames patterns, see {@link NamePattern}
 * @param maxLife from issue to end; empty: not limited
 */
public record SigningPolicy(
    Set<Profile> profiles,
    List<String> commonNames,
    List<String> dnsNames,
    List<String> ipRanges,
    List<String> uris,
    List<String> emailAddresses,
    Optional<Duration> maxLife) {
  private static final int MOST_SHOWN = 8;

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

  private static final Map<ASN1ObjectIdentifier, String> OTHERS =
      Map.of(BCStyle.UID, "UID", BCStyle.SERIALNUMBER, "serialNumber");

  public SigningPolicy {
    profiles = Set.copyOf(profiles);
    commonNames = List.copyOf(commonNames);
    dnsNames = List.copyOf(dnsNames);
    ipRanges = List.copyOf(ipRanges);
    uris = List.copyOf(uris);
    emailAddresses = List.copyOf(emailAddresses);
  }

  /**
   * The first thing in a certificate that the policy does not allow, and what it allows; empty: all
   * of it is allowed.
   *
   * @param leaf as it is published
   * @param ca whose policy it is: its certificate
   * @param namespace of whoever asks
   * @throws PkiException when the certificate cannot be read
   */
  public Optional<String> violation(X509Certificate leaf, X509Certificate ca, String namespace) {
    try {
      Certificate encoded = Certificate.getInstance(Der.of(leaf));
      return violation(
          profile(encoded),
          encoded.getSubject(),
          GeneralNames.fromExtensions(extensions(encoded), Extension.subjectAlternativeName),
          new Validity(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()),
          ca,
          namespace);
    } catch (IllegalArgumentException e) {
      throw new PkiException("the certificate cannot be judged by the CA's policy", e);
    }
  }

  /**
   * The same of what is asked for, before there is a key for it. It spares work and proves nothing:
   * what is signed is judged as encoded all the same.
   */
  public Optional<String> violation(
      CertificateRequest request, X509Certificate ca, String namespace) {
    return violation(
        Optional.of(request.profile()),
        request.subject().name(),
        request.names().generalNames(),
        request.validity(),
        ca,
        namespace);
  }

  private Optional<String> violation(
      Optional<Profile> profile,
      X500Name subject,
      @Nullable GeneralNames names,
      Validity validity,
      X509Certificate ca,
      String namespace) {
    X500Name own = X500Name.getInstance(ca.getSubjectX500Principal().getEncoded());
    return purpose(profile)
        .or(() -> subject(subject, own, namespace))
        .or(() -> names(names, namespace))
        .or(() -> life(validity));
  }

  // empty: none that is issued here
  private static Optional<Profile> profile(Certificate leaf) {
    ExtendedKeyUsage usage = ExtendedKeyUsage.fromExtensions(extensions(leaf));
    List<KeyPurposeId> purposes = usage == null ? List.of() : List.of(usage.getUsages());
    return purposes.equals(List.of(KeyPurposeId.id_kp_serverAuth))
        ? Optional.of(Profile.SERVER)
        : purposes.equals(List.of(KeyPurposeId.id_kp_clientAuth))
            ? Optional.of(Profile.CLIENT)
            : Optional.empty();
  }

  private Optional<String> purpose(Optional<Profile> profile) {
    return profile.filter(profiles::contains).isPresent()
        ? Optional.empty()
        : Optional.of(
            "the policy of its CA does not allow certificates "
                + profile
                    .map(p -> "of " + p.name().toLowerCase(Locale.ROOT) + "s")
                    .orElse("for such a purpose")
                + ": have spec.policy.kinds of the RootCA extended, or refer to another one");
  }

  private Optional<String> subject(X500Name subject, X500Name ca, String namespace) {
    for (RDN relative : subject.getRDNs()) {
      for (AttributeTypeAndValue attribute : relative.getTypesAndValues()) {
        Optional<String> refused = attribute(attribute, ca, namespace);
        if (refused.isPresent()) {
          return refused;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> attribute(
      AttributeTypeAndValue attribute, X500Name ca, String namespace) {
    ASN1ObjectIdentifier type = attribute.getType();
    String value = text(attribute);
    if (type.equals(BCStyle.CN)) {
      return listed(
          "the common name",
          value,
          "commonNames",
          commonNames,
          namespace,
          pattern -> NamePattern.text(pattern, namespace, value));
    }
    if (type.equals(BCStyle.EmailAddress)) {
      return listed(
          "the emailAddress in the subject",
          value,
          "emailAddresses",
          emailAddresses,
          namespace,
          pattern -> NamePattern.email(pattern, namespace, value));
    }
    String name = BELONGING.get(type);
    if (name == null) {
      return Optional.of(
          "the policy of its CA does not allow "
              + OTHERS.getOrDefault(type, type.getId())
              + " in the subject, whatever it says ('"
              + value
              + "'): leave it out");
    }
    List<String> allowed = values(ca, type);
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

  private Optional<String> names(@Nullable GeneralNames names, String namespace) {
    for (GeneralName name : names == null ? new GeneralName[0] : names.getNames()) {
      Optional<String> refused = name(name, namespace);
      if (refused.isPresent()) {
        return refused;
      }
    }
    return Optional.empty();
  }

  private Optional<String> name(GeneralName name, String namespace) {
    String value = name.getName().toString();
    return switch (name.getTagNo()) {
      case GeneralName.dNSName ->
          listed(
              "the DNS name",
              value,
              "dnsNames",
              dnsNames,
              namespace,
              pattern -> NamePattern.dns(pattern, namespace, value));
      case GeneralName.uniformResourceIdentifier ->
          listed(
              "the URI",
              value,
              "uris",
              uris,
              namespace,
              pattern -> NamePattern.uri(pattern, namespace, value));
      case GeneralName.rfc822Name ->
          listed(
              "the e-mail address",
              value,
              "emailAddresses",
              emailAddresses,
              namespace,
              pattern -> NamePattern.email(pattern, namespace, value));
      case GeneralName.iPAddress -> {
        byte[] address = ASN1OctetString.getInstance(name.getName()).getOctets();
        yield listed(
            "the IP address",
            SubjectAltNames.literal(address),
            "ipRanges",
            ipRanges,
            namespace,
            range -> NamePattern.ip(range, address));
      }
      default ->
          Optional.of(
              "the policy of its CA does not allow subject alternative names of kind "
                  + name.getTagNo());
    };
  }

  private Optional<String> life(Validity validity) {
    return maxLife
        .filter(longest -> validity.life().compareTo(longest) > 0)
        .map(
            longest ->
                "the policy of its CA does not allow a life of "
                    + inWords(validity.life())
                    + ": write a duration of at most "
                    + inWords(longest)
                    + ", or have spec.policy.maxDuration of the RootCA extended");
  }

  private static Optional<String> listed(
      String what,
      String value,
      String field,
      List<String> patterns,
      String namespace,
      Predicate<String> matches) {
    return patterns.stream().anyMatch(matches)
        ? Optional.empty()
        : Optional.of(
            "the policy of its CA does not allow "
                + what
                + " '"
                + value
                + "': "
                + shown(field, patterns, namespace)
                + ". Ask for another name, or have spec.policy."
                + field
                + " of the RootCA extended");
  }

  private static String shown(String field, List<String> patterns, String namespace) {
    if (patterns.isEmpty()) {
      return "its " + field + " list none";
    }
    List<String> first = new ArrayList<>();
    patterns.stream()
        .limit(MOST_SHOWN)
        .map(pattern -> NamePattern.read(pattern, namespace))
        .forEach(first::add);
    if (patterns.size() > MOST_SHOWN) {
      first.add((patterns.size() - MOST_SHOWN) + " more");
    }
    return "its " + field + " list " + String.join(", ", first);
  }

  private static List<String> values(X500Name name, ASN1ObjectIdentifier type) {
    return Stream.of(name.getRDNs())
        .flatMap(relative -> Stream.of(relative.getTypesAndValues()))
        .filter(attribute -> attribute.getType().equals(type))
        .map(SigningPolicy::text)
        .collect(Collectors.toList());
  }

  private static String text(AttributeTypeAndValue attribute) {
    return attribute.getValue() instanceof ASN1String string
        ? string.getString()
        : attribute.getValue().toString();
  }

  private static Extensions extensions(Certificate leaf) {
    return leaf.getTBSCertificate().getExtensions();
  }

  // as one writes it in a spec
  private static String inWords(Duration duration) {
    StringBuilder text = new StringBuilder();
    long[] numbers = {
      duration.toDaysPart(),
      duration.toHoursPart(),
      duration.toMinutesPart(),
      duration.toSecondsPart()
    };
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] > 0) {
        text.append(numbers[i]).append("dhms".charAt(i));
      }
    }
    return text.toString();
  }
}
