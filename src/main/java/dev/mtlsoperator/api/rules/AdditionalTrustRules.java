package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules of {@code spec.additionalTrust}. */
final class AdditionalTrustRules {
  private static final FieldPath<RootCA, RootCASpec> SPEC = FieldPath.of("spec", RootCA::getSpec);
  private static final FieldPath<RootCA, AdditionalTrust> ADDITIONAL =
      SPEC.items("additionalTrust", RootCASpec::additionalTrust);
  private static final FieldPath<RootCA, TrustInputRef> CONFIG_MAP =
      ADDITIONAL.field("configMapRef", AdditionalTrust::configMapRef);
  private static final FieldPath<RootCA, TrustInputRef> SECRET =
      ADDITIONAL.field("secretRef", AdditionalTrust::secretRef);

  private static final int MOST_ADDITIONAL = 32;

  /** {@link #MOST_ADDITIONAL} of this length together stay below etcd's size limit. */
  private static final int LONGEST_PEM = 32 << 10;

  private AdditionalTrustRules() {}

  static List<FieldRules<RootCA, ?>> all() {
    List<FieldRules<RootCA, ?>> all = new ArrayList<>();
    all.add(
        SPEC.field("additionalTrust", RootCASpec::additionalTrust)
            .rules(new Items<AdditionalTrust>(MOST_ADDITIONAL)));
    all.add(
        ADDITIONAL.rules(
            Cel.<AdditionalTrust>between(
                "",
                "(has(self.pem) ? 1 : 0) + (has(self.configMapRef) ? 1 : 0) + (has(self.secretRef) ? 1 : 0) == 1",
                "give exactly one of pem, configMapRef and secretRef",
                t ->
                    Stream.of(t.pem(), t.configMapRef(), t.secretRef())
                            .filter(Objects::nonNull)
                            .count()
                        == 1)));
    all.add(
        ADDITIONAL
            .field("pem", AdditionalTrust::pem)
            .rules(
                new Length(1, LONGEST_PEM),
                Cel.between(
                    "",
                    "self.contains('-----BEGIN CERTIFICATE-----') && !self.contains('PRIVATE KEY')",
                    "must hold CA certificates in PEM (-----BEGIN CERTIFICATE-----) and nothing secret",
                    pem ->
                        pem.contains("-----BEGIN CERTIFICATE-----")
                            && !pem.contains("PRIVATE KEY"))));
    reference(all, CONFIG_MAP);
    reference(all, SECRET);
    all.add(
        SECRET
            .field("name", TrustInputRef::name)
            .rules(
                CommonRules.unlike(
                    Formats.GENERATION_SECRET,
                    "is a name for the key of a CA (...-ca-<number>): name another Secret")));
    return all;
  }

  private static void reference(
      List<FieldRules<RootCA, ?>> all, FieldPath<RootCA, TrustInputRef> reference) {
    all.add(
        reference
            .field("name", TrustInputRef::name)
            .rules(
                CommonRules.NAME_LENGTH,
                Cel.form(
                    Formats.SUBDOMAIN,
                    "must be the name of a ConfigMap or Secret: lower case letters, digits, - and ., such as partner-ca")));
    all.add(
        reference
            .field("key", TrustInputRef::key)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY));
  }

  /** Reports required fields that are missing, which only a schema would reject. */
  static void missing(RootCA ca, BiConsumer<String, @Nullable Object> require) {
    Stream.of(CONFIG_MAP, SECRET)
        .forEach(
            place ->
                place
                    .values()
                    .apply(ca)
                    .forEach((path, ref) -> require.accept(path + ".name", ref.name())));
  }
}
