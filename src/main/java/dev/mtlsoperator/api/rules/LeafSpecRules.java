package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.KeyEncoding;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.api.leaf.PrivateKey;
import dev.mtlsoperator.api.leaf.RootCARef;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.leaf.Workload;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rules of {@link ServerCert} and {@link ClientCert}, in the order of their reports. */
final class LeafSpecRules {
  private static final FieldPath<LeafCert<?>, LeafSpec> SPEC =
      FieldPath.of("spec", (LeafCert<?> leaf) -> leaf.getSpec());

  static final List<FieldRules<LeafCert<?>, ?>> SERVER;
  static final List<FieldRules<LeafCert<?>, ?>> CLIENT;

  private static final int MOST_TRUSTED = 8;
  private static final int MOST_WORKLOADS = 8;

  static {
    SERVER = List.copyOf(all(ServerCert.class));
    CLIENT = List.copyOf(all(ClientCert.class));
  }

  private LeafSpecRules() {}

  private static List<FieldRules<LeafCert<?>, ?>> all(Class<? extends LeafCert<?>> kind) {
    List<FieldRules<LeafCert<?>, ?>> all = new ArrayList<>();
    all.add(LeafSecretRules.secret());
    all.add(LeafNameRules.needed(kind));
    all.add(LeafNameRules.subjects(kind));
    references(all);
    all.add(
        string(
            "spec.secretName",
            LeafSpec::secretName,
            CommonRules.NAME_LENGTH,
            CommonRules.SECRET_NAME));
    all.add(string("spec.commonName", LeafSpec::commonName, new Length(1, 64), CommonRules.TEXT));
    all.addAll(SubjectRules.of((LeafCert<?> leaf) -> leaf.getSpec().subject()));
    all.addAll(LiteralSubjectRules.of((LeafCert<?> leaf) -> leaf.getSpec().literalSubject()));
    all.addAll(LeafNameRules.alternativeNames());
    usages(all, kind.equals(ServerCert.class) ? Usage.SERVER : Usage.CLIENT);
    life(all);
    key(all);
    all.addAll(LeafSecretRules.content());
    all.addAll(LeafSecretRules.metadata());
    restarts(all);
    all.add(LeafSecretRules.labelValues());
    return all;
  }

  private static void references(List<FieldRules<LeafCert<?>, ?>> all) {
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

  private static void usages(List<FieldRules<LeafCert<?>, ?>> all, Usage own) {
    String name = own == Usage.SERVER ? "server" : "client";
    all.add(
        SPEC.field("usages", LeafSpec::usages)
            .rules(
                new Items<Usage>(2),
                CommonRules.USAGES_DIFFER,
                Cel.<List<Usage>>between(
                    "",
                    "size(self) == 0 || '" + name + "' in self",
                    own == Usage.SERVER
                        ? "must list server, which every ServerCert is for: a certificate only for clients is a ClientCert"
                        : "must list client, which every ClientCert is for: a certificate only for servers is a ServerCert",
                    usages -> usages.isEmpty() || usages.contains(own))));
  }

  private static void life(List<FieldRules<LeafCert<?>, ?>> all) {
    all.add(
        string(
            "spec.duration",
            LeafSpec::duration,
            DurationRules.LENGTH,
            DurationRules.FORM,
            DurationRules.LIFE));
    all.add(
        string(
            "spec.renewBefore",
            LeafSpec::renewBefore,
            DurationRules.LENGTH,
            DurationRules.FORM,
            DurationRules.NOT_ZERO));
    all.add(
        FieldRules.at(
            "spec",
            LeafCert::getSpec,
            Cel.<LeafSpec>between(
                    ".renewBefore",
                    "!has(self.renewBefore) || "
                        + DurationRules.celShorter("self.renewBefore", "self.duration"),
                    "must be shorter than duration: the certificate is renewed that long before its end",
                    spec -> {
                      String renewBefore = spec.renewBefore();
                      return renewBefore == null
                          || DurationRules.shorter(renewBefore, spec.duration());
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
}
