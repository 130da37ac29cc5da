package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import java.util.List;
import java.util.regex.Pattern;

/** The rules for trust bundles with {@code split}, one object for each certificate. */
final class SplitRules {
  /** What follows the bundle's name in the names of its objects. */
  private static final String SUFFIX = "^-x[0-9a-f]{16}$";

  private static final Pattern SUFFIX_FORM = Pattern.compile(SUFFIX);

  /** So that the suffix fits into the 253 characters of a name. */
  private static final int LONGEST_NAME = 235;

  private SplitRules() {}

  static List<FieldRules<RootCA, ?>> at(
      FieldPath<RootCA, List<TrustBundle>> bundles, FieldPath<RootCA, TrustBundle> bundle) {
    FieldPath<RootCA, TrustBundleKeys> keys = bundle.field("keys", TrustBundle::keys);
    return List.of(
        bundle.rules(OF_CLUSTER, ONE_CERTIFICATE, ID_NEEDS_SPLIT, NAME),
        keys.field("id", TrustBundleKeys::id)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY),
        keys.rules(ID_DIFFERS),
        bundles.rules(NAMES_ARE_FREE));
  }

  private static final Cel<TrustBundle> OF_CLUSTER =
      Cel.between(
          ".split",
          "!has(self.split) || self.kind != 'ClusterTrustBundle'",
          "a ClusterTrustBundle holds all certificates: leave split out, or write kind: ConfigMap or kind: Secret",
          b -> !b.isSplit() || b.kind() != TrustBundleKind.ClusterTrustBundle);

  private static final Cel<TrustBundle> ONE_CERTIFICATE =
      Cel.between(
          ".keys",
          "!has(self.split) || !has(self.keys) || !(has(self.keys.truststore) || has(self.keys.revocations))",
          "with split, each object holds one certificate: put truststore and revocations into another bundle, without split",
          b ->
              !b.isSplit()
                  || (b.effectiveKeys().truststore() == null
                      && b.effectiveKeys().revocations() == null));

  private static final Cel<TrustBundle> ID_NEEDS_SPLIT =
      Cel.between(
          ".keys.id",
          "has(self.split) || !has(self.keys) || !has(self.keys.id)",
          "identifies one certificate: add split: PerCertificate, or leave id out",
          b -> b.isSplit() || b.effectiveKeys().id() == null);

  private static final Cel<TrustBundle> NAME =
      Cel.between(
          ".name",
          "!has(self.split) || size(self.name) <= " + LONGEST_NAME,
          "with split, the name has at most "
              + LONGEST_NAME
              + " characters: that of each object is <name>-x and 16 hexadecimal digits",
          b -> !b.isSplit() || b.name().codePointCount(0, b.name().length()) <= LONGEST_NAME);

  private static final Cel<TrustBundleKeys> ID_DIFFERS =
      Cel.between(
          ".id",
          "!has(self.id) || self.id != (has(self.certificates) ? self.certificates : '"
              + Defaults.CERTIFICATES_KEY
              + "')",
          "must be another key than that of the certificates",
          k -> !k.certificates().equals(k.id()));

  private static final Cel<List<TrustBundle>> NAMES_ARE_FREE =
      Cel.between(
          "",
          "self.all(a, !has(a.split) || !self.exists(b, a.kind == b.kind && !has(b.split) && b.name.startsWith(a.name + '-x') && b.name.substring(size(a.name)).matches(r\""
              + SUFFIX
              + "\")))",
          "the name of a bundle could be that of an object of another one, which has split: give one of them another name",
          all ->
              all.stream()
                  .filter(TrustBundle::isSplit)
                  .noneMatch(
                      a ->
                          all.stream()
                              .anyMatch(
                                  b ->
                                      a.kind() == b.kind()
                                          && !b.isSplit()
                                          && isObjectOf(a.name(), b.name()))));

  private static boolean isObjectOf(String bundle, String name) {
    return name.startsWith(bundle + "-x")
        && SUFFIX_FORM.matcher(name.substring(bundle.length())).matches();
  }
}
