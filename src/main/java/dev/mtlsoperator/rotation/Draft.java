package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.SpecRules;
import dev.mtlsoperator.api.Violation;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.PkiException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What a spec asks for, in the terms of PKI, or why it cannot be had. */
public sealed interface Draft {

  /** In what a generation differs from it, in words; empty: in nothing. */
  default Optional<String> differenceFrom(CaGeneration generation) {
    return Optional.empty();
  }

  /** The Secret that is imported; empty: the CA is made here. */
  default Optional<String> source() {
    return Optional.empty();
  }

  /** The spec breaks a rule. */
  record Invalid(Finding finding) implements Draft {}

  /** The spec can be fulfilled. */
  record Valid(Blueprint blueprint) implements Draft {
    @Override
    public Optional<String> differenceFrom(CaGeneration generation) {
      return generation.importedFrom().isPresent()
          ? Optional.of(
              "generation "
                  + generation.number()
                  + " was imported, asked for is one that is made here")
          : blueprint.differenceFrom(generation.certificate(), Optional.empty());
    }
  }

  /**
   * A CA that somebody else made is asked for.
   *
   * @param secretName where it lies
   */
  record Import(String secretName, CaPath path) implements Draft {
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

    /** Why it cannot become a generation now; empty: it can. */
    public Optional<Finding> refusal(Lineage lineage, Instant now) {
      Set<Fingerprint> distrusted = lineage.distrusted();
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

  /**
   * A CA that somebody else made is asked for, and cannot be had: its Secret has to be put right.
   */
  record Unusable(String secretName, Finding finding) implements Draft {
    @Override
    public Optional<String> source() {
      return Optional.of(secretName);
    }
  }

  /**
   * Of a RootCA.
   *
   * @param input what the Secret holds that it imports
   */
  static Draft of(RootCA ca, Supplier<Draft> input) {
    return of(
        SpecRules.of(ca),
        () -> ca.getSpec().importFrom() == null ? new Valid(Blueprint.of(ca)) : input.get());
  }

  /** Of a leaf. */
  static Draft of(LeafCert<?> leaf) {
    return of(SpecRules.of(leaf), () -> new Valid(Blueprint.of(leaf)));
  }

  private static Draft of(List<Violation> violations, Supplier<Draft> draft) {
    if (!violations.isEmpty()) {
      return invalid(
          violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    }
    try {
      return draft.get();
    } catch (PkiException | IllegalArgumentException e) {
      return invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Draft invalid(String message) {
    return new Invalid(new Finding(Reason.InvalidSpec, message));
  }
}
