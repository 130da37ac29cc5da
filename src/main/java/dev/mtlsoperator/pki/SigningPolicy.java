package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.name.NamePattern;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.jspecify.annotations.Nullable;

/**
 * Limits what a CA signs: names of each kind only if a pattern matches them. The policy judges the
 * encoded certificate, so that no field of a spec can bypass it: every attribute of every RDN of
 * the subject, every subject alternative name, the extended key usage and the validity.
 *
 * <p>Common names and e-mail addresses in the subject need a pattern. Attributes that tell where
 * the holder belongs (O, OU, C, ST, L, street, postal code, DC) are allowed with the values of the
 * CA's own subject; others, such as UID and serialNumber, are refused. So are names of any kind for
 * which there is no list.
 *
 * @param profiles of servers, of clients, of peers that are both
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
  /** What could be the name of a host, with a label or more; a trailing dot included. */
  private static final Pattern LIKE_A_HOST = Pattern.compile("[A-Za-z0-9*_.-]+");

  public SigningPolicy {
    profiles = Set.copyOf(profiles);
    commonNames = List.copyOf(commonNames);
    dnsNames = List.copyOf(dnsNames);
    ipRanges = List.copyOf(ipRanges);
    uris = List.copyOf(uris);
    emailAddresses = List.copyOf(emailAddresses);
  }

  /**
   * The first thing in a certificate that the policy does not allow, and what it allows instead;
   * empty: all of it is allowed.
   *
   * @param leaf as it is published
   * @param ca certificate of the CA that has this policy
   * @param namespace of the leaf
   * @throws PkiException if the certificate cannot be read
   */
  public Optional<String> violation(X509Certificate leaf, X509Certificate ca, String namespace) {
    try {
      Certificate encoded = Certificate.getInstance(Der.of(leaf));
      return violation(
          Profile.ofLeaf(leaf),
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
   * The same for a request, before a key is made for it. This only saves work: the signed
   * certificate is judged as encoded in any case.
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
        .or(
            () ->
                new SubjectPolicy(
                        allowed("commonNames", commonNames, namespace),
                        allowed("emailAddresses", emailAddresses, namespace),
                        own,
                        namespace)
                    .refusal(subject))
        .or(
            () ->
                profile.filter(Profile.PEER::equals).flatMap(p -> hosts(subject, names, namespace)))
        .or(() -> names(names, namespace))
        .or(() -> life(validity));
  }

  // empty: no profile that is issued here
  private Optional<String> purpose(Optional<Profile> profile) {
    return profile.filter(profiles::contains).isPresent()
        ? Optional.empty()
        : Optional.of(
            "the policy of its CA does not allow certificates "
                + profile
                    .map(SigningPolicy::refusedUse)
                    .orElse("for such a purpose: have spec.policy.usages")
                + " of the RootCA extended, or refer to another one");
  }

  private static String refusedUse(Profile profile) {
    return profile == Profile.PEER
        ? "for servers and clients at once: leave the second one of usages out, have spec.policy.usages"
        : "of "
            + profile.name().toLowerCase(Locale.ROOT)
            + "s: have spec.policy.kinds, or usages where it lists any,";
  }

  // the common name of a client that also serves need not be among its DNS names, and where there
  // are none, verifiers such as OpenSSL compare a host with it
  private Optional<String> hosts(X500Name subject, @Nullable GeneralNames names, String namespace) {
    boolean named =
        names != null
            && Stream.of(names.getNames()).anyMatch(n -> n.getTagNo() == GeneralName.dNSName);
    return named
        ? Optional.empty()
        : Stream.of(subject.getRDNs(BCStyle.CN))
            .flatMap(rdn -> Stream.of(rdn.getTypesAndValues()))
            .filter(attribute -> attribute.getType().equals(BCStyle.CN))
            .map(attribute -> String.valueOf(attribute.getValue()))
            .filter(name -> LIKE_A_HOST.matcher(name).matches())
            .flatMap(
                name ->
                    allowed("dnsNames", dnsNames, namespace)
                        .refusal(
                            "the common name of a server without DNS names, which verifiers take for one,",
                            name,
                            pattern ->
                                NamePattern.dns(pattern, namespace, name.toLowerCase(Locale.ROOT)))
                        .stream())
            .findFirst();
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
          allowed("dnsNames", dnsNames, namespace)
              .refusal(
                  "the DNS name", value, pattern -> NamePattern.dns(pattern, namespace, value));
      case GeneralName.uniformResourceIdentifier ->
          allowed("uris", uris, namespace)
              .refusal("the URI", value, pattern -> NamePattern.uri(pattern, namespace, value));
      case GeneralName.rfc822Name ->
          allowed("emailAddresses", emailAddresses, namespace)
              .refusal(
                  "the e-mail address",
                  value,
                  pattern -> NamePattern.email(pattern, namespace, value));
      case GeneralName.iPAddress -> {
        byte[] address = ASN1OctetString.getInstance(name.getName()).getOctets();
        yield allowed("ipRanges", ipRanges, namespace)
            .refusal(
                "the IP address",
                SubjectAltNames.literal(address),
                range -> NamePattern.ip(range, address));
      }
      default ->
          Optional.of(
              "the policy of its CA does not allow subject alternative names of kind "
                  + name.getTagNo());
    };
  }

  private static AllowList allowed(String field, List<String> patterns, String namespace) {
    return new AllowList(field, patterns, namespace);
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

  private static Extensions extensions(Certificate leaf) {
    return leaf.getTBSCertificate().getExtensions();
  }

  // in the notation of a spec
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
