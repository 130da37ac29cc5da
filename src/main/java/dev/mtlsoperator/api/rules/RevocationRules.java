package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.api.ca.RevokedSerialNumber;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The rules of {@code spec.revocation}. */
final class RevocationRules {
  private static final FieldPath<RootCA, RootCASpec> SPEC = FieldPath.of("spec", RootCA::getSpec);
  private static final FieldPath<RootCA, Revocation> REVOCATION =
      SPEC.field("revocation", RootCASpec::revocation);
  private static final FieldPath<RootCA, RevokedSerialNumber> SERIAL =
      REVOCATION.items("serialNumbers", Revocation::serialNumbers);

  private static final int MOST_DISTRIBUTION_POINTS = 8;

  private static final int LONGEST_DISTRIBUTION_POINT = 256;

  private static final int MOST_SERIAL_NUMBERS = 512;

  /** 32 octets in hexadecimal with a separator between each two. */
  private static final int LONGEST_SERIAL_NUMBER = 95;

  private RevocationRules() {}

  static List<FieldRules<RootCA, ?>> all() {
    List<FieldRules<RootCA, ?>> all = new ArrayList<>();
    all.add(
        REVOCATION
            .field("validity", Revocation::validity)
            .rules(DurationRules.LENGTH, DurationRules.FORM, DurationRules.LIFE));
    all.add(
        REVOCATION
            .field("refresh", Revocation::refresh)
            .rules(DurationRules.LENGTH, DurationRules.FORM, DurationRules.MINUTE));
    all.add(
        REVOCATION.rules(
            Cel.<Revocation>between(
                ".refresh",
                "!has(self.refresh) || "
                    + DurationRules.celShorter("self.refresh", 2, "self.validity"),
                "must be less than half of validity: half of it is left for an operator that is away. Give a shorter refresh or a longer validity",
                revocation -> {
                  String refresh = revocation.refresh();
                  return refresh == null
                      || DurationRules.shorter(refresh, 2, revocation.validity());
                })));
    distributionPoints(all);
    serialNumbers(all);
    all.add(neededByTrustBundles());
    return all;
  }

  private static void distributionPoints(List<FieldRules<RootCA, ?>> all) {
    all.add(
        REVOCATION
            .field("distributionPoints", Revocation::distributionPoints)
            .rules(new Items<String>(MOST_DISTRIBUTION_POINTS), new Unique<String>()));
    all.add(
        REVOCATION
            .items("distributionPoints", Revocation::distributionPoints)
            .rules(
                new Length(1, LONGEST_DISTRIBUTION_POINT),
                Cel.form(
                    Formats.DISTRIBUTION_POINT,
                    "must be an http or https URI in ASCII with {generation} exactly once after its host, since each generation has a CRL of its own, such as http://crl.example.com/{namespace}/{name}/{generation}.crl")));
  }

  private static void serialNumbers(List<FieldRules<RootCA, ?>> all) {
    all.add(
        REVOCATION
            .field("serialNumbers", Revocation::serialNumbers)
            .rules(new Items<RevokedSerialNumber>(MOST_SERIAL_NUMBERS)));
    all.add(
        SERIAL
            .field("serialNumber", RevokedSerialNumber::serialNumber)
            .rules(
                new Length(1, LONGEST_SERIAL_NUMBER),
                Cel.form(
                    Formats.SERIAL_NUMBER,
                    "must be a serial number in hexadecimal of at most 32 octets, such as 0A1B2C or 0a:1b:2c: openssl x509 -noout -serial prints it"),
                CommonRules.unlike(Formats.ZERO, "is zero, which is no serial number")));
  }

  private static FieldRules<RootCA, RootCASpec> neededByTrustBundles() {
    return SPEC.rules(
        Cel.<RootCASpec>between(
            ".revocation",
            "has(self.revocation) || !has(self.trustBundles) || self.trustBundles.all(b, !has(b.keys) || !has(b.keys.revocations))",
            "is needed where a trust bundle has keys.revocations: give revocation: {}",
            spec ->
                spec.revocation() != null
                    || spec.trustBundles().stream()
                        .noneMatch(b -> b.keys() != null && b.keys().revocations() != null)));
  }

  /** Reports required fields that are missing, which only a schema would reject. */
  static void missing(RootCA ca, BiConsumer<String, @Nullable Object> require) {
    List<RevokedSerialNumber> all =
        Optional.ofNullable(ca.getSpec().revocation())
            .map(Revocation::serialNumbers)
            .orElse(List.of());
    for (int i = 0; i < all.size(); i++) {
      require.accept(
          "spec.revocation.serialNumbers[" + i + "].serialNumber", all.get(i).serialNumber());
    }
  }
}
