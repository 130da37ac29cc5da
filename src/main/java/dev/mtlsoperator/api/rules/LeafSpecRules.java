package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.leaf.AdditionalFormat;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.KeyEncoding;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.api.leaf.PrivateKey;
import dev.mtlsoperator.api.leaf.RootCARef;
import dev.mtlsoperator.api.leaf.SecretTemplate;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.leaf.Workload;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import dev.mtlsoperator.api.rules.SpecRule.Transition;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules of {@link ServerCert} and {@link ClientCert}, in the order of their reports. */
final class LeafSpecRules {
  private static final FieldPath<LeafCert<?>, LeafSpec> SPEC =
      FieldPath.of("spec", (LeafCert<?> leaf) -> leaf.getSpec());
  private static final FieldPath<LeafCert<?>, SecretTemplate> TEMPLATE =
      SPEC.field("secretTemplate", LeafSpec::secretTemplate);

  static final List<FieldRules<LeafCert<?>, ?>> SERVER;
  static final List<FieldRules<LeafCert<?>, ?>> CLIENT;

  private static final int MOST_NAMES = 100;
  private static final int MOST_KEYS = 32;
  private static final int MOST_TRUSTED = 8;
  private static final int MOST_WORKLOADS = 8;

  private static final String CEL_NAME =
      "(has(self.spec.secretName) ? self.spec.secretName : self.metadata.name)";
  private static final String CEL_OLD_NAME =
      "(has(oldSelf.spec.secretName) ? oldSelf.spec.secretName : oldSelf.metadata.name)";
  private static final String CEL_NO_PASSWORD =
      "!has(self.spec.keystores) || !has(self.spec.keystores.pkcs12) ||"
          + " !has(self.spec.keystores.pkcs12.passwordSecretRef) || ";

  private static final String CEL_LITERAL_NAME = "rdn.substring(3)";

  private static final Pattern GENERATION_SECRET = CommonRules.searched(Formats.GENERATION_SECRET);

  static {
    SERVER = List.copyOf(all(ServerCert.class));
    CLIENT = List.copyOf(all(ClientCert.class));
  }

  private LeafSpecRules() {}

  private static List<FieldRules<LeafCert<?>, ?>> all(Class<? extends LeafCert<?>> kind) {
    List<FieldRules<LeafCert<?>, ?>> all = new ArrayList<>();
    all.add(secret());
    all.add(needsName(kind));
    all.add(subjects());
    all.add(
        FieldRules.at(
            "spec.rootCARef.name",
            leaf -> leaf.getSpec().rootCARef().name(),
            new Length(1, CommonRules.LONGEST_CA_NAME),
            CommonRules.CA_NAME));
    all.add(
        FieldRules.at(
            "spec.rootCARef.namespace",
            leaf -> leaf.getSpec().rootCARef().namespace(),
            CommonRules.NAMESPACE_LENGTH,
            CommonRules.NAMESPACE_NAME));
    trusted(all);
    all.add(
        string(
            "spec.secretName",
            LeafSpec::secretName,
            CommonRules.NAME_LENGTH,
            CommonRules.SECRET_NAME));
    all.add(string("spec.commonName", LeafSpec::commonName, new Length(1, 64), CommonRules.TEXT));
    all.addAll(SubjectRules.of((LeafCert<?> leaf) -> leaf.getSpec().subject()));
    all.add(
        string(
            "spec.literalSubject",
            LeafSpec::literalSubject,
            new Length(1, 1024),
            CommonRules.LITERAL_SUBJECT));
    names(all, "spec.dnsNames", LeafSpec::dnsNames, new Length(1, 253), CommonRules.DNS_NAME);
    names(
        all, "spec.ipAddresses", LeafSpec::ipAddresses, new Length(1, 64), CommonRules.IP_ADDRESS);
    if (kind.equals(ClientCert.class)) {
      names(all, "spec.uris", LeafSpec::uris, new Length(1, 1024), List.of(CommonRules.URI));
      names(
          all,
          "spec.emailAddresses",
          LeafSpec::emailAddresses,
          new Length(1, 254),
          List.of(CommonRules.EMAIL));
    }
    life(all);
    key(all);
    keystores(all);
    all.add(
        FieldRules.at(
            "spec.additionalFormats",
            leaf -> leaf.getSpec().additionalFormats(),
            new Items<AdditionalFormat>(2),
            new Unique<AdditionalFormat>()));
    template(all, "labels", template -> template.labels(), TemplateRules.LONGEST_LABEL);
    template(
        all, "annotations", template -> template.annotations(), TemplateRules.LONGEST_ANNOTATION);
    restarts(all);
    all.add(TEMPLATE.entries("labels", SecretTemplate::labels).rules(TemplateRules.LABEL_VALUE));
    return all;
  }

  private static FieldRules<LeafCert<?>, LeafCert<?>> secret() {
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

  private static FieldRules<LeafCert<?>, LeafSpec> needsName(Class<? extends LeafCert<?>> kind) {
    Predicate<LeafSpec> toServe =
        spec -> !spec.dnsNames().isEmpty() || !spec.ipAddresses().isEmpty();
    if (kind.equals(ServerCert.class)) {
      return FieldRules.at(
          "spec",
          LeafCert::getSpec,
          Cel.<LeafSpec>between(
              "",
              celAny("dnsNames", "ipAddresses"),
              "a ServerCert needs a name to serve: give at least one entry of dnsNames or ipAddresses",
              toServe));
    }
    return FieldRules.at(
        "spec",
        LeafCert::getSpec,
        Cel.<LeafSpec>between(
            "",
            "has(self.commonName) || has(self.literalSubject) || "
                + SubjectRules.celHoldsAny()
                + " || "
                + celAny("dnsNames", "ipAddresses", "uris", "emailAddresses"),
            "a ClientCert needs a name: give commonName, subject, literalSubject, dnsNames, ipAddresses, uris or emailAddresses",
            toServe
                .or(spec -> spec.commonName() != null || spec.literalSubject() != null)
                .or(spec -> SubjectRules.holdsAny(spec.subject()))
                .or(spec -> !spec.uris().isEmpty() || !spec.emailAddresses().isEmpty())));
  }

  private static FieldRules<LeafCert<?>, LeafSpec> subjects() {
    return FieldRules.at(
        "spec",
        LeafCert::getSpec,
        Cel.<LeafSpec>between(
            ".literalSubject",
            "!has(self.literalSubject) || (!has(self.commonName) && !has(self.subject))",
            CommonRules.ONE_SUBJECT,
            spec ->
                spec.literalSubject() == null
                    || (spec.commonName() == null && spec.subject() == null)),
        Cel.<LeafSpec>between(
                ".commonName",
                "!has(self.commonName) || !"
                    + CommonRules.celLooksLikeDnsName("self.commonName")
                    + " || (has(self.dnsNames) && self.commonName.lowerAscii() in self.dnsNames)",
                "looks like a DNS name: add it to dnsNames too, as TLS peers look only there",
                spec -> alsoDnsName(spec, spec.commonName()))
            .quoting("self.commonName", spec -> String.valueOf(spec.commonName())),
        Cel.<LeafSpec>between(
                ".commonName",
                "!has(self.commonName) || !self.commonName.matches(r\""
                    + Formats.IP_ADDRESS
                    + "\") || (has(self.ipAddresses) && self.ipAddresses.exists(a, a.lowerAscii()"
                    + " == self.commonName.lowerAscii()))",
                "is an IP address: add it to ipAddresses too, written the same way, as TLS peers look only there",
                spec -> alsoIpAddress(spec, spec.commonName()))
            .quoting("self.commonName", spec -> String.valueOf(spec.commonName())),
        Cel.<LeafSpec>between(
            ".literalSubject",
            celLiteralNames(
                "!"
                    + CommonRules.celLooksLikeDnsName(CEL_LITERAL_NAME)
                    + " || (has(self.dnsNames) && "
                    + CEL_LITERAL_NAME
                    + ".lowerAscii() in self.dnsNames)"),
            "the common name (CN) in literalSubject looks like a DNS name: add it to dnsNames too, as TLS peers look only there",
            spec -> literalNames(spec).allMatch(cn -> alsoDnsName(spec, cn))),
        Cel.<LeafSpec>between(
            ".literalSubject",
            celLiteralNames(
                // IPv4 only: more would exceed the API server's budget for a rule
                "!"
                    + CEL_LITERAL_NAME
                    + ".matches(r\""
                    + Formats.IPV4_ADDRESS
                    + "\") || (has(self.ipAddresses) && "
                    + CEL_LITERAL_NAME
                    + " in self.ipAddresses)"),
            "the common name (CN) in literalSubject is an IP address: add it to ipAddresses too, written the same way, as TLS peers look only there",
            spec -> literalNames(spec).allMatch(cn -> alsoIpAddress(spec, cn))));
  }

  private static Stream<String> literalNames(LeafSpec spec) {
    String literal = spec.literalSubject();
    return literal == null ? Stream.empty() : CommonRules.commonNames(literal).stream();
  }

  /**
   * CEL takes the RDNs apart, each up to a comma that is not escaped, and looks at common names
   * without escapes; those with escapes are looked at in Java only.
   */
  private static String celLiteralNames(String condition) {
    return "!has(self.literalSubject) ||"
        + " self.literalSubject.findAll(r\"(?:[^,\\\\]|\\\\.)+\").all(rdn, !rdn.matches('^[Cc][Nn]=') || "
        + condition
        + ")";
  }

  private static boolean alsoDnsName(LeafSpec spec, @Nullable String commonName) {
    return commonName == null
        || !CommonRules.looksLikeDnsName(commonName)
        || spec.dnsNames().contains(CommonRules.lowerAscii(commonName));
  }

  private static boolean alsoIpAddress(LeafSpec spec, @Nullable String commonName) {
    return commonName == null
        || !CommonRules.isIpAddress(commonName)
        || spec.ipAddresses().stream()
            .map(CommonRules::lowerAscii)
            .anyMatch(CommonRules.lowerAscii(commonName)::equals);
  }

  private static void trusted(List<FieldRules<LeafCert<?>, ?>> all) {
    all.add(
        SPEC.field("trustedCARefs", LeafSpec::trustedCARefs)
            .rules(new Items<RootCARef>(MOST_TRUSTED)));
    FieldPath<LeafCert<?>, RootCARef> trusted =
        SPEC.items("trustedCARefs", LeafSpec::trustedCARefs);
    all.add(
        trusted
            .field("name", RootCARef::name)
            .rules(new Length(1, CommonRules.LONGEST_CA_NAME), CommonRules.CA_NAME));
    all.add(
        trusted
            .field("namespace", RootCARef::namespace)
            .rules(CommonRules.NAMESPACE_LENGTH, CommonRules.NAMESPACE_NAME));
  }

  private static void names(
      List<FieldRules<LeafCert<?>, ?>> all,
      String place,
      Function<LeafSpec, List<String>> list,
      Length length,
      List<Cel<String>> forms) {
    all.add(
        FieldRules.at(
            place,
            leaf -> list.apply(leaf.getSpec()),
            new Items<String>(MOST_NAMES),
            new Unique<String>()));
    all.add(FieldRules.each(place, leaf -> list.apply(leaf.getSpec()), length));
    forms.forEach(
        form -> all.add(FieldRules.each(place, leaf -> list.apply(leaf.getSpec()), form)));
  }

  private static void life(List<FieldRules<LeafCert<?>, ?>> all) {
    all.add(
        string(
            "spec.duration",
            LeafSpec::duration,
            CommonRules.DURATION_LENGTH,
            CommonRules.DURATION_FORM,
            CommonRules.DURATION_RANGE));
    all.add(
        string(
            "spec.renewBefore",
            LeafSpec::renewBefore,
            CommonRules.DURATION_LENGTH,
            CommonRules.DURATION_FORM,
            CommonRules.RENEW_BEFORE_RANGE));
    all.add(
        FieldRules.at(
            "spec",
            LeafCert::getSpec,
            Cel.<LeafSpec>between(
                    ".renewBefore",
                    "!has(self.renewBefore) || "
                        + CommonRules.celShorter("self.renewBefore", "self.duration"),
                    "must be shorter than duration: the certificate is renewed that long before its end",
                    spec -> {
                      String renewBefore = spec.renewBefore();
                      return renewBefore == null
                          || CommonRules.shorter(renewBefore, spec.duration());
                    })
                .quoting("self.renewBefore", spec -> String.valueOf(spec.renewBefore()))));
  }

  private static void key(List<FieldRules<LeafCert<?>, ?>> all) {
    CommonRules.keySize(PrivateKey::algorithm, PrivateKey::size)
        .forEach(
            rule ->
                all.add(
                    FieldRules.at("spec.privateKey", leaf -> leaf.getSpec().privateKey(), rule)));
    all.add(
        FieldRules.at(
            "spec.privateKey",
            leaf -> leaf.getSpec().privateKey(),
            Cel.<PrivateKey>between(
                ".encoding",
                "self.algorithm != 'Ed25519' || self.encoding != 'PKCS1'",
                "an Ed25519 key has no PKCS1 form: use PKCS8",
                key ->
                    key.algorithm() != KeyAlgorithm.ED25519
                        || key.encoding() != KeyEncoding.PKCS1)));
  }

  private static void keystores(List<FieldRules<LeafCert<?>, ?>> all) {
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
  }

  private static void template(
      List<FieldRules<LeafCert<?>, ?>> all,
      String field,
      Function<SecretTemplate, Map<String, String>> map,
      int longest) {
    all.add(
        TEMPLATE
            .field(field, map)
            .rules(
                new SpecRule.Entries(MOST_KEYS), TemplateRules.KEYS, TemplateRules.NOT_RESERVED));
    all.add(TEMPLATE.entries(field, map).rules(new Length(0, longest)));
  }

  private static void restarts(List<FieldRules<LeafCert<?>, ?>> all) {
    all.add(
        SPEC.field("rolloutRestart", LeafSpec::rolloutRestart)
            .rules(
                new Items<Workload>(MOST_WORKLOADS),
                new Unique<Workload>(
                    List.of("kind", "name"),
                    workload ->
                        "{\"kind\":\"%s\",\"name\":\"%s\"}"
                            .formatted(workload.kind(), workload.name()))));
    all.add(
        SPEC.items("rolloutRestart", LeafSpec::rolloutRestart)
            .field("name", Workload::name)
            .rules(CommonRules.NAME_LENGTH, CommonRules.WORKLOAD_NAME));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  private static FieldRules<LeafCert<?>, String> string(
      String place, Function<LeafSpec, @Nullable String> value, SpecRule<String>... rules) {
    return FieldRules.at(place, leaf -> value.apply(leaf.getSpec()), rules);
  }

  private static String celAny(String... lists) {
    List<String> issuancePolicy = new ArrayList<>();
    for (String list : lists) {
      issuancePolicy.add("(has(self." + list + ") && size(self." + list + ") > 0)");
    }
    return String.join(" || ", issuancePolicy);
  }
}
