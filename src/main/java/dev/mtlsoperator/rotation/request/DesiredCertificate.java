package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.rules.SpecRules;
import dev.mtlsoperator.api.rules.Violation;
import dev.mtlsoperator.pki.CaPath;
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

/** The certificate that a spec asks for, or why it cannot be issued or imported. */
public sealed interface DesiredCertificate {

  /** A message telling how a generation differs from it; empty if it does not. */
  default Optional<String> differenceFrom(CaGeneration generation) {
    return Optional.empty();
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
  }

  /**
   * The spec imports a CA that was created elsewhere.
   *
   * @param secretName the Secret that holds it
   */
  record Import(String secretName, CaPath path) implements DesiredCertificate {
    @Override
    public Optional<String> differenceFrom(CaGeneration generation) {
      return path.equals(generation.path())
          ? Optional.empty()
          : Optional.of(
              "Secret '"
                  + secretName
                  + "' holds another CA than generation "
                  + generation.number()
                  + ": "
                  + Fingerprint.of(path.certificate()));
    }

    @Override
    public Optional<String> source() {
      return Optional.of(secretName);
    }

    /** Why the CA cannot become a generation now; empty if it can. */
    public Optional<Finding> refusal(CaGenerations generations, Instant now) {
      Set<Fingerprint> distrusted = generations.distrusted();
      return path.notValid(now)
          .or(
              () ->
                  path.all().stream()
                      .map(Fingerprint::of)
                      .filter(distrusted::contains)
                      .map(f -> f + " is distrusted, as the annotation asked")
                      .findFirst())
          .map(
              what ->
                  new Finding(
                      Reason.InvalidInput,
                      "Secret '" + secretName + "' cannot be imported: " + what));
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

  private static DesiredCertificate invalid(String message) {
    return new Invalid(new Finding(Reason.InvalidSpec, message));
  }
}
