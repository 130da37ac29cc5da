package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.rules.SpecRules;
import dev.mtlsoperator.api.rules.Violation;
import dev.mtlsoperator.pki.CaOffer;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The certificate that a spec asks for, or why it cannot be issued or imported. */
public sealed interface DesiredCertificate {

  /** A message telling how a generation differs from it; empty if it does not. */
  default Optional<String> differenceFrom(CaGeneration generation) {
    return Optional.empty();
  }

  /**
   * Why no generation can be made of it now; empty if one can.
   *
   * @param distrusted the fingerprints of all that are distrusted by then
   */
  default Optional<Finding> refusal(
      CaGenerations generations, Set<Fingerprint> distrusted, Instant now) {
    return Optional.empty();
  }

  /** The same with those that are distrusted at present. */
  default Optional<Finding> refusal(CaGenerations generations, Instant now) {
    return refusal(generations, generations.distrusted(), now);
  }

  /** The Secret from which the CA is imported; empty if the operator creates the CA. */
  default Optional<String> source() {
    return Optional.empty();
  }

  /** The spec breaks a rule. */
  record Invalid(Finding finding) implements DesiredCertificate {}

  /** The spec is valid, and the operator issues the certificate. */
  record Valid(CertificateTemplate template) implements DesiredCertificate {
    @Override
    public Optional<String> differenceFrom(CaGeneration generation) {
      return generation.importedFrom().isPresent()
          ? Optional.of(
              "generation "
                  + generation.number()
                  + " was imported, asked for is one that is made here")
          : template.differenceFrom(generation.certificate(), Optional.empty());
    }

    // what is made here has a subject key identifier, but a CA imported before may have none
    @Override
    public Optional<Finding> refusal(
        CaGenerations generations, Set<Fingerprint> distrusted, Instant now) {
      return trusted(generations, distrusted, now)
          .filter(g -> template.subject().isThatOf(g.anchor()))
          .filter(g -> KeyIdentifiers.declared(g.anchor()).isEmpty())
          .findFirst()
          .map(
              g ->
                  new Finding(
                      Reason.InvalidSpec,
                      "no CA of the subject '"
                          + template.subject()
                          + "' can follow generation "
                          + g.number()
                          + ", which has the same subject and no subjectKeyIdentifier (RFC 5280 section 4.2.1.2): OpenSSL, and with it nginx, HAProxy, curl and Python, would try only one of the two and refuse what the other one signed. Give the CA another subject"));
    }
  }

  /**
   * The spec imports a CA that was created elsewhere.
   *
   * @param secretName the Secret that holds it
   * @param offer how its content is used
   */
  record Import(String secretName, CaOffer offer) implements DesiredCertificate {
    /** A CA with nothing beside it. */
    public Import(String secretName, CaPath path) {
      this(secretName, CaOffer.of(path));
    }

    public CaPath path() {
      return offer.path();
    }

    @Override
    public Optional<String> differenceFrom(CaGeneration generation) {
      return path().equals(generation.path())
          ? Optional.empty()
          : Optional.of(
              "Secret '"
                  + secretName
                  + "' holds another CA than generation "
                  + generation.number()
                  + ": "
                  + Fingerprint.of(path().certificate()));
    }

    @Override
    public Optional<String> source() {
      return Optional.of(secretName);
    }

    @Override
    public Optional<Finding> refusal(
        CaGenerations generations, Set<Fingerprint> distrusted, Instant now) {
      return path()
          .notValid(now)
          .or(
              () ->
                  path().all().stream()
                      .map(Fingerprint::of)
                      .filter(distrusted::contains)
                      .map(f -> f + " is distrusted, as the annotation asked")
                      .findFirst())
          .or(() -> distrustedKey(distrusted))
          .or(() -> namesake(generations, distrusted, now))
          .map(
              what ->
                  new Finding(
                      Reason.InvalidInput,
                      "Secret '" + secretName + "' cannot be imported: " + what));
    }

    // a key is not trusted again because another certificate of it begins
    private Optional<String> distrustedKey(Set<Fingerprint> distrusted) {
      return offer.ofItsKey().stream()
          .map(Fingerprint::of)
          .filter(distrusted::contains)
          .findFirst()
          .map(
              f ->
                  "its key is also that of "
                      + f
                      + ", which is in tls.crt too and distrusted, as the annotation asked: bring a CA with another key");
    }

    // while both are trusted, handshakes would fail
    private Optional<String> namesake(
        CaGenerations generations, Set<Fingerprint> distrusted, Instant now) {
      return Namesakes.of(
              path().anchor(),
              trusted(generations, distrusted, now).map(CaGeneration::anchor).toList())
          .map(
              pair ->
                  pair.message()
                      + ". Give the new CA another subject, or bring the two apart first: certify the key and name in service again with a subjectKeyIdentifier and import that, wait until the former certificate has left the trust bundles, then import a successor that has one too");
    }
  }

  /** The spec imports a CA whose Secret cannot be used and must be corrected. */
  record Unusable(String secretName, Finding finding) implements DesiredCertificate {
    @Override
    public Optional<String> source() {
      return Optional.of(secretName);
    }
  }

  /**
   * The certificate that a RootCA asks for.
   *
   * @param input reads the Secret that it imports
   */
  static DesiredCertificate of(RootCA ca, Supplier<DesiredCertificate> input) {
    return of(
        SpecRules.of(ca),
        () ->
            ca.getSpec().importFrom() == null
                ? new Valid(CertificateTemplate.of(ca))
                : input.get());
  }

  /** The certificate that a leaf asks for. */
  static DesiredCertificate of(LeafCert<?> leaf) {
    return of(SpecRules.of(leaf), () -> new Valid(CertificateTemplate.of(leaf)));
  }

  private static DesiredCertificate of(
      List<Violation> violations, Supplier<DesiredCertificate> desired) {
    if (!violations.isEmpty()) {
      return invalid(
          violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    }
    try {
      return desired.get();
    } catch (PkiException | IllegalArgumentException e) {
      return invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Stream<CaGeneration> trusted(
      CaGenerations generations, Set<Fingerprint> distrusted, Instant now) {
    return generations.trusted().stream().filter(g -> !g.isExpired(now) && !g.contains(distrusted));
  }

  private static DesiredCertificate invalid(String message) {
    return new Invalid(new Finding(Reason.InvalidSpec, message));
  }
}
