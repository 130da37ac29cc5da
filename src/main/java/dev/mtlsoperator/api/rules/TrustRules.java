package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Entries;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules of {@code spec.trustBundles} and {@code spec.additionalTrust}. */
final class TrustRules {
  private static final FieldPath<RootCA, RootCASpec> SPEC = FieldPath.of("spec", RootCA::getSpec);
  private static final FieldPath<RootCA, TrustBundle> BUNDLE =
      SPEC.items("trustBundles", RootCASpec::trustBundles);
  private static final FieldPath<RootCA, AdditionalTrust> ADDITIONAL =
      SPEC.items("additionalTrust", RootCASpec::additionalTrust);
  private static final FieldPath<RootCA, TrustInputRef> CONFIG_MAP =
      ADDITIONAL.field("configMapRef", AdditionalTrust::configMapRef);
  private static final FieldPath<RootCA, TrustInputRef> SECRET =
      ADDITIONAL.field("secretRef", AdditionalTrust::secretRef);

  private static final int MOST_BUNDLES = 16;
  private static final int MOST_ADDITIONAL = 32;
  private static final int MOST_KEYS = 16;
  private static final int MOST_REQUIREMENTS = 8;

  /** All of {@link #MOST_ADDITIONAL} together stay below what etcd takes. */
  private static final int LONGEST_PEM = 32 << 10;

  /** So that {@code mtls-operator.<namespace>.<name>} stays below 253. */
  private static final int LONGEST_CLUSTER_NAME = 175;

  private static final Set<String> KUBERNETES_OWN =
      Set.of("kube-root-ca.crt", "openshift-service-ca.crt");

  private static final Pattern SECRET_TYPE = Pattern.compile(Formats.SECRET_TYPE);
  private static final Pattern RESERVED = Pattern.compile(Formats.RESERVED_KEY);

  private TrustRules() {}

  static List<FieldRules<RootCA, ?>> all() {
    List<FieldRules<RootCA, ?>> all = new ArrayList<>();
    bundles(all);
    all.addAll(
        NamespaceRules.at(BUNDLE.field("namespaces", TrustBundle::namespaces), MOST_REQUIREMENTS));
    additional(all);
    return all;
  }

  private static void bundles(List<FieldRules<RootCA, ?>> all) {
    all.add(
        FieldRules.at(
            "",
            ca -> ca,
            Cel.<RootCA>between(
                ".spec.trustBundles",
                "!has(self.spec.trustBundles) || self.spec.trustBundles.all(b, b.kind != 'ConfigMap' || b.name != self.metadata.name + '-trust' || (has(b.namespaces) && b.namespaces.from != 'Same'))",
                "the ConfigMap <name>-trust is always made in the RootCA's own namespace: give the bundle another name or other namespaces",
                ca ->
                    ca.getSpec().trustBundles().stream()
                        .noneMatch(
                            b ->
                                b.kind() == TrustBundleKind.ConfigMap
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
                    TrustRules::differ)));
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
    FieldPath<RootCA, TrustBundleKeys> keys = BUNDLE.field("keys", TrustBundle::keys);
    all.add(
        keys.field("certificates", TrustBundleKeys::certificates)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY));
    all.add(
        keys.field("truststore", TrustBundleKeys::truststore)
            .rules(CommonRules.NAME_LENGTH, CommonRules.SECRET_KEY));
    all.add(
        keys.rules(
            Cel.<TrustBundleKeys>between(
                ".truststore",
                "!has(self.truststore) || self.truststore != self.certificates",
                "must be another key than that of the certificates",
                k -> !k.certificates().equals(k.truststore()))));
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
    template(all, "labels", TrustBundle::labels, TemplateRules.LONGEST_LABEL);
    template(all, "annotations", TrustBundle::annotations, TemplateRules.LONGEST_ANNOTATION);
    all.add(BUNDLE.entries("labels", TrustBundle::labels).rules(TemplateRules.LABEL_VALUE));
  }

  private static void template(
      List<FieldRules<RootCA, ?>> all,
      String field,
      Function<TrustBundle, Map<String, String>> map,
      int longest) {
    all.add(
        BUNDLE
            .field(field, map)
            .rules(new Entries(MOST_KEYS), TemplateRules.KEYS, TemplateRules.NOT_RESERVED));
    all.add(BUNDLE.entries(field, map).rules(new Length(0, longest)));
  }

  private static void additional(List<FieldRules<RootCA, ?>> all) {
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

  /** What the API server asks for, which Java alone does not know; paths of what is missing. */
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
    Stream.of(CONFIG_MAP, SECRET)
        .forEach(
            place ->
                place
                    .values()
                    .apply(ca)
                    .forEach((path, ref) -> require.accept(path + ".name", ref.name())));
  }

  private static boolean isOfCluster(TrustBundle bundle) {
    return bundle.kind() == TrustBundleKind.ClusterTrustBundle;
  }

  private static boolean differ(List<TrustBundle> bundles) {
    Set<String> seen = new HashSet<>();
    return bundles.stream().allMatch(b -> seen.add(b.kind() + "/" + b.name()));
  }
}
