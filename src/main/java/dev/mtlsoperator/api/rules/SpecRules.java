package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.api.leaf.Workload;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks resources by the rules of the CRDs, in Java: for resources that never passed an API
 * server, and for those that were stored before a rule was added. Pure.
 */
public final class SpecRules {
  private SpecRules() {}

  /** The violations of a RootCA; empty: it is valid. */
  public static List<Violation> of(RootCA ca) {
    if (ca.getSpec() == null) {
      return List.of(required("spec"));
    }
    List<Violation> missing = new ArrayList<>();
    ImportSource source = ca.getSpec().importFrom();
    if (source != null) {
      requireValue(missing, "spec.import.secretName", source.secretName());
    }
    TrustBundleRules.missing(ca, (path, value) -> requireValue(missing, path, value));
    AdditionalTrustRules.missing(ca, (path, value) -> requireValue(missing, path, value));
    RevocationRules.missing(ca, (path, value) -> requireValue(missing, path, value));
    return missing.isEmpty() ? check(RootCASpecRules.ALL, ca) : List.copyOf(missing);
  }

  /** The violations of a leaf; empty: it is valid. */
  public static List<Violation> of(LeafCert<?> leaf) {
    LeafSpec spec = leaf.getSpec();
    if (spec == null) {
      return List.of(required("spec"));
    }
    List<Violation> missing = new ArrayList<>();
    requireValue(missing, "spec.rootCARef", spec.rootCARef());
    if (spec.rootCARef() != null) {
      requireValue(missing, "spec.rootCARef.name", spec.rootCARef().name());
    }
    for (int i = 0; i < spec.trustedCARefs().size(); i++) {
      requireValue(
          missing, "spec.trustedCARefs[" + i + "].name", spec.trustedCARefs().get(i).name());
    }
    PasswordSecretRef password = spec.keystores().pkcs12().passwordSecretRef();
    if (password != null) {
      requireValue(missing, "spec.keystores.pkcs12.passwordSecretRef.name", password.name());
    }
    for (int i = 0; i < spec.rolloutRestart().size(); i++) {
      Workload workload = spec.rolloutRestart().get(i);
      requireValue(missing, "spec.rolloutRestart[" + i + "].kind", workload.kind());
      requireValue(missing, "spec.rolloutRestart[" + i + "].name", workload.name());
    }
    if (!missing.isEmpty()) {
      return List.copyOf(missing);
    }
    return check(leaf instanceof ClientCert ? LeafSpecRules.CLIENT : LeafSpecRules.SERVER, leaf);
  }

  private static <R> List<Violation> check(List<FieldRules<R, ?>> rules, R resource) {
    List<FieldRules.Values<?>> fields = new ArrayList<>(rules.size());
    for (FieldRules<R, ?> rule : rules) {
      fields.add(rule.in(resource));
    }
    List<Violation> found = new ArrayList<>();
    fields.forEach(field -> found.addAll(field.outOfBounds()));
    if (found.isEmpty()) {
      // like the API server: rules are evaluated only for values within bounds
      fields.forEach(field -> found.addAll(field.againstRules()));
    }
    return List.copyOf(found);
  }

  private static void requireValue(List<Violation> missing, String path, @Nullable Object value) {
    if (value == null) {
      missing.add(required(path));
    }
  }

  private static Violation required(String path) {
    return new Violation(path, "Required value");
  }
}
