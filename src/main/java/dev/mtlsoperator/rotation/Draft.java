package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.SpecRules;
import dev.mtlsoperator.api.Violation;
import dev.mtlsoperator.pki.PkiException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What a spec asks for, in the terms of PKI, or why it cannot be had. */
public sealed interface Draft {

  /** The spec breaks a rule. */
  record Invalid(Finding finding) implements Draft {}

  /** The spec can be fulfilled. */
  record Valid(Blueprint blueprint) implements Draft {}

  /** Of a RootCA. */
  static Draft of(RootCA ca) {
    return of(SpecRules.of(ca), () -> Blueprint.of(ca));
  }

  /** Of a leaf. */
  static Draft of(LeafCert<?> leaf) {
    return of(SpecRules.of(leaf), () -> Blueprint.of(leaf));
  }

  private static Draft of(List<Violation> violations, Supplier<Blueprint> blueprint) {
    if (!violations.isEmpty()) {
      return invalid(
          violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    }
    try {
      return new Valid(blueprint.get());
    } catch (PkiException | IllegalArgumentException e) {
      return invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Draft invalid(String message) {
    return new Invalid(new Finding(Reason.InvalidSpec, message));
  }
}
