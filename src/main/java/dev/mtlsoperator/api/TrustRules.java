package dev.mtlsoperator.api;

import dev.mtlsoperator.api.Rule.Cel;
import dev.mtlsoperator.api.Rule.Entries;
import dev.mtlsoperator.api.Rule.Items;
import dev.mtlsoperator.api.Rule.Length;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
  private static final String BUNDLES = "spec.trustBundles";
  private static final String ADDITIONAL = "spec.additionalTrust";

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

  private static final Pattern SECRET_TYPE = Pattern.compile(Forms.SECRET_TYPE);
  private static final Pattern RESERVED = Pattern.compile(Forms.RESERVED_KEY);

  private TrustRules() {}

  static List<Placed<RootCA, ?>> all() {
    List<Placed<RootCA, ?>> all = new ArrayList<>();
    bundles(all);
    selectors(all);
    additional(all);
    return all;
  }

  private static void bundles(List<Placed<RootCA, ?>> all) {
    all.add(
        Placed.at(
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
        Placed.at(
            BUNDLES,
            ca -> ca.getSpec().trustBundles(),
            new Items<TrustBundle>(MOST_BUNDLES),
            Cel.<List<TrustBundle>>between(
                "",
                "self.all(a, self.exists_one(b, a.kind == b.kind && a.name == b.name))",
                "two bundles have the same kind and name: give one of them another name",
                TrustRules::differ)));
    bundle(
        all,
        "name",
        TrustBundle::name,
        CommonRules.NAME_LENGTH,
        Cel.form(
            Forms.SUBDOMAIN,
            "must be the name of an object: lower case letters, digits, - and ., such as company-ca"),
        CommonRules.unlike(
            Forms.GENERATION_SECRET,
            "is a name for the key of a CA (...-ca-<number>): give the bundle another one"),
        Cel.string(
            "!(self in ['kube-root-ca.crt', 'openshift-service-ca.crt'])",
            "is written by Kubernetes itself: give the bundle another name",
            name -> !KUBERNETES_OWN.contains(name)));
    all.add(
        Placed.each(
            BUNDLES,
            ca -> ca.getSpec().trustBundles(),
            Cel.<TrustBundle>between(
                ".name",
                "self.kind != 'ClusterTrustBundle' || size(self.name) <= " + LONGEST_CLUSTER_NAME,
                "the name of a ClusterTrustBundle has at most "
                    + LONGEST_CLUSTER_NAME
                    + " characters here: it becomes mtls-operator.<namespace>.<name>",
                b -> !isOfCluster(b) || b.name().length() <= LONGEST_CLUSTER_NAME),
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
    bundle(
        all,
        "keys.certificates",
        b -> b.keys() == null ? null : b.effectiveKeys().certificates(),
        CommonRules.NAME_LENGTH,
        CommonRules.SECRET_KEY);
    bundle(
        all,
        "keys.truststore",
        b -> b.effectiveKeys().truststore(),
        CommonRules.NAME_LENGTH,
        CommonRules.SECRET_KEY);
    bundle(
        all,
        "keys",
        TrustBundle::keys,
        Cel.<TrustBundleKeys>between(
            ".truststore",
            "!has(self.truststore) || self.truststore != self.certificates",
            "must be another key than that of the certificates",
            keys -> !keys.certificates().equals(keys.truststore())));
    bundle(
        all,
        "secretType",
        TrustBundle::secretType,
        CommonRules.NAME_LENGTH,
        Cel.string(
            "self.matches(r\"" + Forms.SECRET_TYPE + "\")",
            "must be Opaque, or a type with a domain such as nginx.org/ca",
            type -> SECRET_TYPE.matcher(type).matches()),
        Cel.string(
            "!self.matches(r\"" + Forms.RESERVED_KEY + "\")",
            "is a type that makes Kubernetes, this operator, a GitOps tool or a replicator act upon the Secret: use Opaque, or the type that the consumer asks for",
            type -> !RESERVED.matcher(type).find()));
    template(all, "labels", TrustBundle::labels, TemplateRules.LONGEST_LABEL);
    template(all, "annotations", TrustBundle::annotations, TemplateRules.LONGEST_ANNOTATION);
    all.add(
        placed(
            BUNDLES + "[*].labels{*}",
            bundles((path, b) -> entries(path + ".labels", b.labels())),
            TemplateRules.LABEL_VALUE));
  }

  private static void template(
      List<Placed<RootCA, ?>> all,
      String field,
      Function<TrustBundle, Map<String, String>> map,
      int longest) {
    bundle(all, field, map, new Entries(MOST_KEYS), TemplateRules.KEYS, TemplateRules.NOT_RESERVED);
    all.add(
        placed(
            BUNDLES + "[*]." + field + "{*}",
            bundles((path, b) -> entries(path + "." + field, map.apply(b))),
            new Length(0, longest)));
  }

  private static void selectors(List<Placed<RootCA, ?>> all) {
    bundle(
        all,
        "namespaces",
        TrustBundle::namespaces,
        NamespaceRules.SELECTOR_NEEDED,
        NamespaceRules.SELECTOR_IN_PLACE);
    String selector = "namespaces.selector";
    bundle(
        all,
        selector + ".matchLabels",
        b -> matching(b, NamespaceSelector::matchLabels),
        new Entries(MOST_REQUIREMENTS),
        NamespaceRules.LABEL_KEYS);
    all.add(
        placed(
            BUNDLES + "[*]." + selector + ".matchLabels{*}",
            bundles(
                (path, b) -> {
                  Map<String, String> labels = matching(b, NamespaceSelector::matchLabels);
                  return labels == null
                      ? Map.<String, String>of()
                      : entries(path + "." + selector + ".matchLabels", labels);
                }),
            NamespaceRules.LABEL_VALUE_LENGTH,
            NamespaceRules.LABEL_VALUE));
    bundle(
        all,
        selector + ".matchExpressions",
        b -> matching(b, NamespaceSelector::matchExpressions),
        new Items<LabelRequirement>(MOST_REQUIREMENTS));
    requirement(all, "", r -> r, NamespaceRules.VALUES);
    requirement(
        all,
        ".key",
        LabelRequirement::key,
        NamespaceRules.LABEL_KEY_LENGTH,
        NamespaceRules.LABEL_KEY);
    requirement(all, ".values", LabelRequirement::values, new Items<String>(MOST_REQUIREMENTS));
    all.add(
        placed(
            BUNDLES + "[*]." + selector + ".matchExpressions[*].values[*]",
            requirements(
                (path, r) -> {
                  Map<String, String> found = new LinkedHashMap<>();
                  for (int i = 0; i < r.values().size(); i++) {
                    found.put(path + ".values[" + i + "]", r.values().get(i));
                  }
                  return found;
                }),
            NamespaceRules.LABEL_VALUE_LENGTH,
            NamespaceRules.LABEL_VALUE));
  }

  private static void additional(List<Placed<RootCA, ?>> all) {
    all.add(
        Placed.at(
            ADDITIONAL,
            ca -> ca.getSpec().additionalTrust(),
            new Items<AdditionalTrust>(MOST_ADDITIONAL)));
    all.add(
        Placed.each(
            ADDITIONAL,
            ca -> ca.getSpec().additionalTrust(),
            Cel.<AdditionalTrust>between(
                "",
                "(has(self.pem) ? 1 : 0) + (has(self.configMapRef) ? 1 : 0) + (has(self.secretRef) ? 1 : 0) == 1",
                "give exactly one of pem, configMapRef and secretRef",
                t ->
                    Stream.of(t.pem(), t.configMapRef(), t.secretRef())
                            .filter(Objects::nonNull)
                            .count()
                        == 1)));
    input(
        all,
        "pem",
        AdditionalTrust::pem,
        new Length(1, LONGEST_PEM),
        Cel.between(
            "",
            "self.contains('-----BEGIN CERTIFICATE-----') && !self.contains('PRIVATE KEY')",
            "must hold CA certificates in PEM (-----BEGIN CERTIFICATE-----) and nothing secret",
            pem -> pem.contains("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE KEY")));
    reference(all, "configMapRef", AdditionalTrust::configMapRef);
    reference(all, "secretRef", AdditionalTrust::secretRef);
    input(
        all,
        "secretRef.name",
        t -> name(t.secretRef()),
        CommonRules.unlike(
            Forms.GENERATION_SECRET,
            "is a name for the key of a CA (...-ca-<number>): name another Secret"));
  }

  private static void reference(
      List<Placed<RootCA, ?>> all,
      String field,
      Function<AdditionalTrust, @Nullable TrustInputRef> reference) {
    input(
        all,
        field + ".name",
        t -> name(reference.apply(t)),
        CommonRules.NAME_LENGTH,
        Cel.form(
            Forms.SUBDOMAIN,
            "must be the name of a ConfigMap or Secret: lower case letters, digits, - and ., such as partner-ca"));
    input(
        all,
        field + ".key",
        t -> {
          TrustInputRef ref = reference.apply(t);
          return ref == null ? null : ref.key();
        },
        CommonRules.NAME_LENGTH,
        CommonRules.SECRET_KEY);
  }

  private static @Nullable String name(@Nullable TrustInputRef ref) {
    return ref == null ? null : ref.name();
  }

  /** What the API server asks for, which Java alone does not know; paths of what is missing. */
  static void missing(RootCA ca, BiConsumer<String, @Nullable Object> require) {
    List<TrustBundle> bundles = ca.getSpec().trustBundles();
    for (int i = 0; i < bundles.size(); i++) {
      String path = BUNDLES + "[" + i + "]";
      require.accept(path + ".kind", bundles.get(i).kind());
      require.accept(path + ".name", bundles.get(i).name());
      List<LabelRequirement> asked = matching(bundles.get(i), NamespaceSelector::matchExpressions);
      for (int n = 0; asked != null && n < asked.size(); n++) {
        String requirement = path + ".namespaces.selector.matchExpressions[" + n + "]";
        require.accept(requirement + ".key", asked.get(n).key());
        require.accept(requirement + ".operator", asked.get(n).operator());
      }
    }
    List<AdditionalTrust> additional = ca.getSpec().additionalTrust();
    for (int i = 0; i < additional.size(); i++) {
      String path = ADDITIONAL + "[" + i + "]";
      AdditionalTrust entry = additional.get(i);
      if (entry.configMapRef() != null) {
        require.accept(path + ".configMapRef.name", entry.configMapRef().name());
      }
      if (entry.secretRef() != null) {
        require.accept(path + ".secretRef.name", entry.secretRef().name());
      }
    }
  }

  private static boolean isOfCluster(TrustBundle bundle) {
    return bundle.kind() == TrustBundleKind.ClusterTrustBundle;
  }

  private static boolean differ(List<TrustBundle> bundles) {
    Set<String> seen = new HashSet<>();
    return bundles.stream().allMatch(b -> seen.add(b.kind() + "/" + b.name()));
  }

  private static <T> @Nullable T matching(TrustBundle bundle, Function<NamespaceSelector, T> part) {
    NamespaceSelector selector = bundle.effectiveNamespaces().selector();
    return selector == null ? null : part.apply(selector);
  }

  // places below the items of a list

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  private static <T> Placed<RootCA, T> placed(
      String place, Function<RootCA, Map<String, T>> values, Rule<T>... rules) {
    return new Placed<>(place, values, List.of(rules));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  private static <T> void bundle(
      List<Placed<RootCA, ?>> all,
      String field,
      Function<TrustBundle, @Nullable T> value,
      Rule<T>... rules) {
    all.add(
        placed(
            BUNDLES + "[*]." + field,
            bundles((path, b) -> one(path + "." + field, value.apply(b))),
            rules));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  private static <T> void requirement(
      List<Placed<RootCA, ?>> all,
      String field,
      Function<LabelRequirement, @Nullable T> value,
      Rule<T>... rules) {
    all.add(
        placed(
            BUNDLES + "[*].namespaces.selector.matchExpressions[*]" + field,
            requirements((path, r) -> one(path + field, value.apply(r))),
            rules));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  private static void input(
      List<Placed<RootCA, ?>> all,
      String field,
      Function<AdditionalTrust, @Nullable String> value,
      Rule<String>... rules) {
    all.add(
        placed(
            ADDITIONAL + "[*]." + field,
            ca ->
                items(
                    ADDITIONAL,
                    ca.getSpec().additionalTrust(),
                    (path, t) -> one(path + "." + field, value.apply(t))),
            rules));
  }

  @FunctionalInterface
  private interface Below<I, T> {
    Map<String, T> of(String path, I item);
  }

  private static <T> Function<RootCA, Map<String, T>> bundles(Below<TrustBundle, T> below) {
    return ca -> items(BUNDLES, ca.getSpec().trustBundles(), below);
  }

  private static <T> Function<RootCA, Map<String, T>> requirements(
      Below<LabelRequirement, T> below) {
    return bundles(
        (path, b) -> {
          List<LabelRequirement> all = matching(b, NamespaceSelector::matchExpressions);
          return all == null
              ? Map.<String, T>of()
              : items(path + ".namespaces.selector.matchExpressions", all, below);
        });
  }

  private static <I, T> Map<String, T> items(String place, List<I> items, Below<I, T> below) {
    Map<String, T> found = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      found.putAll(below.of(place + "[" + i + "]", items.get(i)));
    }
    return found;
  }

  private static <T> Map<String, T> one(String path, @Nullable T value) {
    return value == null ? Map.of() : Map.of(path, value);
  }

  private static Map<String, String> entries(String path, Map<String, String> map) {
    Map<String, String> found = new LinkedHashMap<>();
    map.forEach((key, value) -> found.put(path + "." + key, value));
    return found;
  }
}
