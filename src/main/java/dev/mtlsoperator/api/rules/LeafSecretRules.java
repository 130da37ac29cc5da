package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.leaf.AdditionalFormat;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.api.leaf.SecretTemplate;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Transition;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The rules for the Secret of a leaf: its name, keystores, formats and metadata. */
final class LeafSecretRules {
  private static final FieldPath<LeafCert<?>, SecretTemplate> TEMPLATE =
      FieldPath.of("spec", (LeafCert<?> leaf) -> leaf.getSpec())
          .field("secretTemplate", LeafSpec::secretTemplate);

  private static final int MOST_KEYS = 32;

  private static final String CEL_NAME =
      "(has(self.spec.secretName) ? self.spec.secretName : self.metadata.name)";
  private static final String CEL_OLD_NAME =
      "(has(oldSelf.spec.secretName) ? oldSelf.spec.secretName : oldSelf.metadata.name)";
  private static final String CEL_NO_PASSWORD =
      "!has(self.spec.keystores) || !has(self.spec.keystores.pkcs12) ||"
          + " !has(self.spec.keystores.pkcs12.passwordSecretRef) || ";

  private static final Pattern GENERATION_SECRET = CommonRules.searched(Formats.GENERATION_SECRET);

  private LeafSecretRules() {}

  /** The name of the Secret. */
  static FieldRules<LeafCert<?>, LeafCert<?>> secret() {
    return FieldRules.at(
        "",
        leaf -> leaf,
        new Transition<LeafCert<?>>(
            ".spec.secretName",
            CEL_NAME + " == " + CEL_OLD_NAME,
            "secretName cannot be changed (when left out it is the name of the resource): set it back, or make a new resource"),
        Cel.<LeafCert<?>>between(
                ".spec.secretName",
                "!" + CEL_NAME + ".matches('" + Formats.GENERATION_SECRET + "')",
                "is a name for the key of a CA (...-ca-<number>), which no certificate may take: choose another secretName",
                leaf -> !GENERATION_SECRET.matcher(leaf.effectiveSecretName()).find())
            .quoting(CEL_NAME, LeafCert::effectiveSecretName),
        Cel.<LeafCert<?>>between(
            ".spec.keystores.pkcs12.passwordSecretRef.name",
            CEL_NO_PASSWORD + "self.spec.keystores.pkcs12.passwordSecretRef.name != " + CEL_NAME,
            "the password cannot come from the Secret that is written: name another Secret",
            leaf -> {
              PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
              return ref == null || !leaf.effectiveSecretName().equals(ref.name());
            }));
  }

  /** What the Secret contains in addition to the PEM files. */
  static List<FieldRules<LeafCert<?>, ?>> content() {
    List<FieldRules<LeafCert<?>, ?>> all = new ArrayList<>();
    String pkcs12 = "spec.keystores.pkcs12";
    all.add(
        FieldRules.at(
            pkcs12 + ".alias",
            leaf -> leaf.getSpec().keystores().pkcs12().alias(),
            CommonRules.NAME_LENGTH,
            CommonRules.ALIAS));
    all.add(
        FieldRules.at(
            pkcs12 + ".passwordSecretRef.name",
            leaf -> {
              PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
              return ref == null ? null : ref.name();
            },
            CommonRules.NAME_LENGTH,
            CommonRules.SECRET_NAME,
            CommonRules.unlike(
                Formats.GENERATION_SECRET,
                "is a name for the key of a CA (...-ca-<number>): name another Secret")));
    all.add(
        FieldRules.at(
            pkcs12 + ".passwordSecretRef.key",
            leaf -> {
              PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
              return ref == null ? null : ref.key();
            },
            CommonRules.NAME_LENGTH,
            CommonRules.SECRET_KEY));
    all.add(
        FieldRules.at(
            "spec.additionalFormats",
            leaf -> leaf.getSpec().additionalFormats(),
            new Items<AdditionalFormat>(2),
            new Unique<AdditionalFormat>()));
    return all;
  }

  /** Labels and annotations of the Secret. */
  static List<FieldRules<LeafCert<?>, ?>> metadata() {
    return TemplateRules.at(
        TEMPLATE, SecretTemplate::labels, SecretTemplate::annotations, MOST_KEYS);
  }

  /** The form of the labels' values. */
  static FieldRules<LeafCert<?>, String> labelValues() {
    return TEMPLATE.entries("labels", SecretTemplate::labels).rules(TemplateRules.LABEL_VALUE);
  }
}
