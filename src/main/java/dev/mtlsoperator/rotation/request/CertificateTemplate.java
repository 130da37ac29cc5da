package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.Subject;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.api.ca.CAPrivateKey;
import dev.mtlsoperator.api.ca.NameConstraints;
import dev.mtlsoperator.api.ca.NameSubtrees;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that a spec asks for: profile, names, constraints, key and lifetime.
 *
 * @param life from issue to end
 * @param renewBefore null for a third of the lifetime
 */
public record CertificateTemplate(
    Profile profile,
    DistinguishedName subject,
    SubjectAltNames names,
    NameConstraintsExtension constraints,
    KeyParameters key,
    Duration life,
    @Nullable Duration renewBefore) {

  /**
   * The template for a generation of a RootCA.
   *
   * @throws IllegalArgumentException if the spec breaks a rule
   */
  public static CertificateTemplate of(RootCA ca) {
    RootCASpec spec = ca.getSpec();
    CAPrivateKey key = spec.privateKey();
    return new CertificateTemplate(
        Profile.CA,
        subject(spec.commonName(), spec.subject(), spec.literalSubject()),
        SubjectAltNames.none(),
        constraints(spec.nameConstraints()),
        keyParameters(key.algorithm(), key.size()),
        Durations.parse(spec.duration()),
        null);
  }

  /**
   * The template for a leaf.
   *
   * @throws IllegalArgumentException if the spec breaks a rule
   */
  public static CertificateTemplate of(LeafCert<?> leaf) {
    LeafSpec spec = leaf.getSpec();
    String renewBefore = spec.renewBefore();
    return new CertificateTemplate(
        profile(leaf.effectiveUsages()),
        subject(spec.commonName(), spec.subject(), spec.literalSubject()),
        new SubjectAltNames(
            spec.dnsNames(), spec.ipAddresses(), spec.uris(), spec.emailAddresses()),
        NameConstraintsExtension.none(),
        keyParameters(spec.privateKey().algorithm(), spec.privateKey().size()),
        Durations.parse(spec.duration()),
        renewBefore == null ? null : Durations.parse(renewBefore));
  }

  /**
   * The request for a certificate that is issued now by a CA (null: self-signed). It does not
   * outlive the CA nor any CA above it (RFC 5280 section 6.1.3, shell model).
   */
  public CertificateRequest request(Instant now, @Nullable CaPath issuer) {
    Validity validity = Validity.starting(now, life);
    for (X509Certificate ca : issuer == null ? List.<X509Certificate>of() : issuer.all()) {
      validity = validity.clampedTo(ca);
    }
    return new CertificateRequest(profile, subject, names, constraints, validity);
  }

  /**
   * A message telling how a certificate differs from this template; empty if it does not.
   *
   * @param issuerEnd when its issuer ends; empty if unknown
   */
  public Optional<String> differenceFrom(X509Certificate certificate, Optional<Instant> issuerEnd) {
    if (!subject.equals(DistinguishedName.of(certificate))) {
      return Optional.of(
          "the subject in service is '"
              + DistinguishedName.of(certificate)
              + "', asked for is '"
              + subject
              + "'");
    }
    if (!names.sameNames(SubjectAltNames.of(certificate))) {
      return Optional.of("the subject alternative names in service are not those of the spec");
    }
    if (profile != Profile.CA && !Profile.ofLeaf(certificate).equals(Optional.of(profile))) {
      return Optional.of("the usages in service are not those of the spec");
    }
    if (profile == Profile.CA && !constraints.isThatOf(certificate)) {
      return Optional.of("the name constraints in service are not those of the spec");
    }
    Optional<KeyParameters> inService = KeyParameters.of(certificate.getPublicKey());
    if (!inService.equals(Optional.of(key))) {
      return Optional.of(
          "the key in service is "
              + inService.map(Object::toString).orElse("of a foreign kind")
              + ", asked for is "
              + key);
    }
    return profile == Profile.CA ? Optional.empty() : differentLife(certificate, issuerEnd);
  }

  private Optional<String> differentLife(X509Certificate certificate, Optional<Instant> issuerEnd) {
    Instant notBefore = certificate.getNotBefore().toInstant();
    Instant notAfter = certificate.getNotAfter().toInstant();
    Duration encoded = Duration.between(notBefore, notAfter);
    Duration longest = life.plus(Validity.BACKDATED);
    boolean shortened = issuerEnd.map(notAfter::equals).orElse(true);
    boolean asAsked =
        encoded.compareTo(longest) <= 0 && (encoded.compareTo(life) >= 0 || shortened);
    return asAsked
        ? Optional.empty()
        : Optional.of(
            "the life in service is "
                + encoded.minus(Validity.BACKDATED)
                + ", asked for is "
                + life);
  }

  private static Profile profile(Set<Usage> usages) {
    if (usages.size() > 1) {
      return Profile.PEER;
    }
    return usages.contains(Usage.SERVER) ? Profile.SERVER : Profile.CLIENT;
  }

  private static DistinguishedName subject(
      @Nullable String commonName, @Nullable Subject subject, @Nullable String literal) {
    if (literal != null) {
      return DistinguishedName.parse(literal);
    }
    Subject s = subject == null ? Subject.none() : subject;
    return DistinguishedName.of(
        new DistinguishedName.Attributes(
            commonName,
            s.organizations(),
            s.organizationalUnits(),
            s.countries(),
            s.provinces(),
            s.localities(),
            s.streetAddresses(),
            s.postalCodes(),
            s.serialNumber()));
  }

  private static NameConstraintsExtension constraints(@Nullable NameConstraints spec) {
    return spec == null
        ? NameConstraintsExtension.none()
        : new NameConstraintsExtension(subtrees(spec.permitted()), subtrees(spec.excluded()));
  }

  private static NameConstraintsExtension.Subtrees subtrees(@Nullable NameSubtrees spec) {
    return spec == null
        ? NameConstraintsExtension.Subtrees.none()
        : new NameConstraintsExtension.Subtrees(
            spec.dnsDomains(), spec.ipRanges(), spec.emailAddresses(), spec.uriDomains());
  }

  private static KeyParameters keyParameters(KeyAlgorithm algorithm, @Nullable Integer size) {
    return switch (algorithm) {
      case ECDSA -> new KeyParameters(KeyType.ECDSA, size == null ? 256 : size);
      case RSA -> new KeyParameters(KeyType.RSA, size == null ? 2048 : size);
      case ED25519 -> new KeyParameters(KeyType.ED25519, size == null ? 0 : size);
    };
  }
}
