package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of {@code spec.trustBundles}. */
final class TrustBundleRules {
  private static final FieldPath<RootCA, RootCASpec> SPEC = FieldPath.of("spec", RootCA::getSpec);
  private static final FieldPath<RootCA, TrustBundle> BUNDLE =
      SPEC.items("trustBundles", RootCASpec::trustBundles);

  private static final int MOST_BUNDLES = 16;
  private static final int MOST_KEYS = 16;
  private static final int MOST_REQUIREMENTS = 8;

  /** So that {@code mtls-operator.<namespace>.<name>} stays below 253. */
  private static final int LONGEST_CLUSTER_NAME = 175;

  private static final Set<String> KUBERNETES_OWN =
      Set.of("kube-root-ca.crt", "openshift-service-ca.crt");

  private static final Pattern SECRET_TYPE = Pattern.compile(Formats.SECRET_TYPE);
  private static final Pattern RESERVED = Pattern.compile(Formats.RESERVED_KEY);

  private TrustBundleRules() {}

  static List<FieldRules<RootCA, ?>> all() {
    List<FieldRules<RootCA, ?>> all = new ArrayList<>();
    together(all);
    name(all);
    kind(all);
    keys(all);
    secretType(all);
    all.addAll(SplitRules.at(SPEC.field("trustBundles", RootCASpec::trustBundles), BUNDLE));
    all.addAll(
        TemplateRules.at(
            BUNDLE,
            TrustBundle::labels,
            TrustBundle::annotations,
            MOST_KEYS,
            TemplateRules.NOT_RESERVED_BUT_CLASS));
    all.add(BUNDLE.entries("labels", TrustBundle::labels).rules(TemplateRules.LABEL_VALUE));
    all.addAll(
        NamespaceRules.at(BUNDLE.field("namespaces", TrustBundle::namespaces), MOST_REQUIREMENTS));
    return all;
  }

  private static void together(List<FieldRules<RootCA, ?>> all) {
    all.add(
        FieldRules.at(
            "",
            ca -> ca,
            Cel.<RootCA>between(
                ".spec.trustBundles",
                "!has(self.spec.trustBundles) || self.spec.trustBundles.all(b, b.kind != 'ConfigMap' || has(b.split) || b.name != self.metadata.name + '-trust' || (has(b.namespaces) && has(b.namespaces.from) && b.namespaces.from != 'Same'))",
                "the ConfigMap <name>-trust is always made in the RootCA's own namespace: give the bundle another name or other namespaces",
                ca ->
                    ca.getSpec().trustBundles().stream()
                        .noneMatch(
                            b ->
                                b.kind() == TrustBundleKind.ConfigMap
                                    && !b.isSplit()
                                    && b.name().equals(ca.getMetadata().getName() + "-trust")
                                    && b.effectiveNamespaces().from() == Namespaces.From.Same))));
    all.add(
        SPEC.field("trustBundles", RootCASpec::trustBundles)
            .rules(
                new Items<TrustBundle>(MOST_BUNDLES),
                Cel.<List<TrustBundle>>between(
                    "",
                    "self.all(a, self.exists_one(b, a.kind == b.kind && a.name == b.name))",
                    "two bundles have the same kind and name: give one of them another name",
                    TrustBundleRules::differ)));
  }

  private static void name(List<FieldRules<RootCA, ?>> all) {
    all.add(
        BUNDLE
            .field("name", TrustBundle::name)
            .rules(
                CommonRules.NAME_LENGTH,
                Cel.form(
                    Formats.SUBDOMAIN,
                    "must be the name of an object: lower case letters, digits, - and ., such as company-ca"),
                CommonRules.unlike(
                    Formats.GENERATION_SECRET,
                    "is a name for the key of a CA (...-ca-<number>): give the bundle another one"),
                Cel.string(
                    "!(self in ['kube-root-ca.crt', 'openshift-service-ca.crt'])",
                    "is written by Kubernetes itself: give the bundle another name",
                    name -> !KUBERNETES_OWN.contains(name))));
  }

  private static void kind(List<FieldRules<RootCA, ?>> all) {
    all.add(
        BUNDLE.rules(
            Cel.<TrustBundle>between(
                ".name",
                "self.kind != 'ClusterTrustBundle' || size(self.name) <= " + LONGEST_CLUSTER_NAME,
                "the name of a ClusterTrustBundle has at most "
                    + LONGEST_CLUSTER_NAME
                    + " characters here: it becomes mtls-operator.<namespace>.<name>",
                b ->
                    !isOfCluster(b)
                        || b.name().codePointCount(0, b.name().length()) <= LONGEST_CLUSTER_NAME),
            Cel.<TrustBundle>between(
                "",
                "self.kind != 'ClusterTrustBundle' || !(has(self.namespaces) || has(self.keys))",
                "a ClusterTrustBundle is there for all namespaces and has no keys: leave out namespaces and keys",
                b -> !isOfCluster(b) || (b.namespaces() == null && b.keys() == null)),
            Cel.<TrustBundle>between(
                ".secretType",
                "self.kind == 'Secret' || !has(self.secretType)",
                "only a Secret has a type: leave secretType out",
                b -> b.kind() == TrustBundleKind.Secret || b.secretType() == null)));
  }

  private static void keys(List<FieldRules<RootCA, ?>> all) {
    FieldPath<RootCA, TrustBundleKeys> keys = BUNDLE.field("keys", TrustBundle::keys);
    all.add(
        keys.field("certificates", TrustBundleKeys::certificates)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY));
    all.add(
        keys.field("truststore", TrustBundleKeys::truststore)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY));
    all.add(
        keys.field("revocations", TrustBundleKeys::revocations)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY));
    all.add(
        keys.rules(
            Cel.<TrustBundleKeys>between(
                ".revocations",
                "!has(self.revocations) || (self.revocations != (has(self.certificates) ? self.certificates : '"
                    + Defaults.CERTIFICATES_KEY
                    + "') && (!has(self.truststore) || self.revocations != self.truststore))",
                "must be another key than those of the certificates and the truststore",
                k ->
                    k.revocations() == null
                        || (!k.revocations().equals(k.certificates())
                            && !k.revocations().equals(k.truststore()))),
            Cel.<TrustBundleKeys>between(
                ".truststore",
                "!has(self.truststore) || self.truststore != (has(self.certificates) ? self.certificates : '"
                    + Defaults.CERTIFICATES_KEY
                    + "')",
                "must be another key than that of the certificates",
                k -> !k.certificates().equals(k.truststore()))));
  }

  private static void secretType(List<FieldRules<RootCA, ?>> all) {
    all.add(
        BUNDLE
            .field("secretType", TrustBundle::secretType)
            .rules(
                CommonRules.NAME_LENGTH,
                Cel.string(
                    "self.matches(r\"" + Formats.SECRET_TYPE + "\")",
                    "must be Opaque, or a type with a domain such as nginx.org/ca",
                    type -> SECRET_TYPE.matcher(type).matches()),
                Cel.string(
                    "!self.matches(r\"" + Formats.RESERVED_KEY + "\")",
                    "is a type that makes Kubernetes, this operator, a GitOps tool or a replicator act upon the Secret: use Opaque, or the type that the consumer asks for",
                    type -> !RESERVED.matcher(type).find())));
  }

  /** Reports required fields that are missing, which only a schema would reject. */
  static void missing(RootCA ca, BiConsumer<String, @Nullable Object> require) {
    BUNDLE
        .values()
        .apply(ca)
        .forEach(
            (path, bundle) -> {
              require.accept(path + ".kind", bundle.kind());
              require.accept(path + ".name", bundle.name());
            });
    NamespaceRules.requirements(BUNDLE.field("namespaces", TrustBundle::namespaces))
        .values()
        .apply(ca)
        .forEach(
            (path, requirement) -> {
              require.accept(path + ".key", requirement.key());
              require.accept(path + ".operator", requirement.operator());
            });
  }

  private static boolean isOfCluster(TrustBundle bundle) {
    return bundle.kind() == TrustBundleKind.ClusterTrustBundle;
  }

  private static boolean differ(List<TrustBundle> bundles) {
    Set<String> seen = new HashSet<>();
    return bundles.stream().allMatch(b -> seen.add(b.kind() + "/" + b.name()));
  }
}
