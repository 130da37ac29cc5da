package dev.mtlsoperator.api.rules;

import static dev.mtlsoperator.api.rules.CommonRules.CONSTRAINT_DNS;
import static dev.mtlsoperator.api.rules.CommonRules.CONSTRAINT_EMAIL;
import static dev.mtlsoperator.api.rules.CommonRules.CONSTRAINT_IP;
import static dev.mtlsoperator.api.rules.CommonRules.CONSTRAINT_URI;
import static dev.mtlsoperator.api.rules.CommonRules.DNS_PATTERN;
import static dev.mtlsoperator.api.rules.CommonRules.EMAIL_PATTERN;
import static dev.mtlsoperator.api.rules.CommonRules.LONGEST_CA_NAME;
import static dev.mtlsoperator.api.rules.CommonRules.NAME_LENGTH;
import static dev.mtlsoperator.api.rules.CommonRules.ONE_SUBJECT;
import static dev.mtlsoperator.api.rules.CommonRules.TEXT;
import static dev.mtlsoperator.api.rules.CommonRules.TEXT_PATTERN;
import static dev.mtlsoperator.api.rules.CommonRules.URI_PATTERN;

import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.api.ca.CAPrivateKey;
import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.NameConstraints;
import dev.mtlsoperator.api.ca.NameSubtrees;
import dev.mtlsoperator.api.ca.ObjectMetadata;
import dev.mtlsoperator.api.ca.Policy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules of {@link RootCA}, in the order in which they are reported. */
final class RootCASpecRules {
  private static final int MOST_CONSTRAINTS = 32;
  private static final int MOST_METADATA = 32;

  /** Default of {@code renewBefore}: a third of the lifetime. */
  private static final int RENEWED_BEFORE_PART_OF_LIFE = 3;

  private static final Cel<RootCASpec> RENEWED_WITHIN_ITS_LIFE =
      Cel.<RootCASpec>between(
          ".renewBefore",
          "!has(self.renewBefore) || "
              + DurationRules.celShorter("self.renewBefore", "self.duration"),
          "must be shorter than duration: the next generation is made that long before the end of the last one",
          spec -> {
            String renewBefore = spec.renewBefore();
            return renewBefore == null || DurationRules.shorter(renewBefore, spec.duration());
          });

  private static final Cel<RootCASpec> ROOM_FOR_OVERLAP =
      Cel.<RootCASpec>between(
          ".rotation.overlap",
          "has(self.renewBefore) ? ("
              + DurationRules.celShorter("self.rotation.overlap", 2, "self.renewBefore")
              + ") : ("
              + DurationRules.celShorter(
                  "self.rotation.overlap", 2 * RENEWED_BEFORE_PART_OF_LIFE, "self.duration")
              + ")",
          "must be less than half of renewBefore, which is a third of duration where it is not given: the next generation is distributed for that long before it signs. Give a shorter overlap, or a longer renewBefore or duration",
          spec -> {
            String renewBefore = spec.renewBefore();
            return renewBefore == null
                ? DurationRules.shorter(
                    spec.rotation().overlap(), 2 * RENEWED_BEFORE_PART_OF_LIFE, spec.duration())
                : DurationRules.shorter(spec.rotation().overlap(), 2, renewBefore);
          });

  static final List<FieldRules<RootCA, ?>> ALL;

  static {
    List<FieldRules<RootCA, ?>> all = new ArrayList<>();
    all.add(
        FieldRules.at(
            "",
            ca -> ca,
            Cel.<RootCA>between(
                ".metadata.name",
                "size(self.metadata.name) <= " + LONGEST_CA_NAME,
                "metadata.name of a RootCA has at most "
                    + LONGEST_CA_NAME
                    + " characters: its Secrets are named <name>-ca-<number>",
                ca -> ca.getMetadata().getName().length() <= LONGEST_CA_NAME)));
    all.add(
        FieldRules.at(
            "spec",
            RootCA::getSpec,
            Cel.<RootCASpec>between(
                "",
                "has(self.commonName) || has(self.literalSubject) || has(self.__import__)",
                "a RootCA needs a name: give commonName, or literalSubject; or import to bring your own CA",
                spec ->
                    spec.commonName() != null
                        || spec.literalSubject() != null
                        || spec.importFrom() != null),
            Cel.<RootCASpec>between(
                ".import",
                "!has(self.__import__) || !(has(self.commonName) || has(self.subject) || has(self.literalSubject) || has(self.nameConstraints))",
                "an imported CA has the name and the name constraints of its certificate: leave out commonName, subject, literalSubject and nameConstraints, or import",
                spec ->
                    spec.importFrom() == null
                        || (spec.commonName() == null
                            && spec.subject() == null
                            && spec.literalSubject() == null
                            && spec.nameConstraints() == null)),
            Cel.<RootCASpec>between(
                ".literalSubject",
                "!has(self.literalSubject) || (!has(self.commonName) && !has(self.subject))",
                ONE_SUBJECT,
                spec ->
                    spec.literalSubject() == null
                        || (spec.commonName() == null && spec.subject() == null))));
    all.add(
        FieldRules.at("spec.commonName", ca -> ca.getSpec().commonName(), new Length(1, 64), TEXT));
    all.addAll(SubjectRules.of((RootCA ca) -> ca.getSpec().subject()));
    all.addAll(LiteralSubjectRules.of((RootCA ca) -> ca.getSpec().literalSubject()));
    all.add(
        FieldRules.at(
            "spec.duration",
            ca -> ca.getSpec().duration(),
            DurationRules.LENGTH,
            DurationRules.FORM,
            DurationRules.LIFE));
    all.add(
        FieldRules.at(
            "spec.renewBefore",
            ca -> ca.getSpec().renewBefore(),
            DurationRules.LENGTH,
            DurationRules.FORM,
            DurationRules.NOT_ZERO));
    all.add(
        FieldRules.at(
            "spec.rotation.overlap",
            ca -> ca.getSpec().rotation().overlap(),
            DurationRules.LENGTH,
            DurationRules.FORM,
            DurationRules.NOT_ZERO));
    all.add(FieldRules.at("spec", RootCA::getSpec, RENEWED_WITHIN_ITS_LIFE, ROOM_FOR_OVERLAP));
    all.add(
        FieldRules.at(
            "spec.import.secretName",
            ca -> {
              ImportSource source = ca.getSpec().importFrom();
              return source == null ? null : source.secretName();
            },
            CommonRules.NAME_LENGTH,
            CommonRules.SECRET_NAME,
            CommonRules.unlike(
                Formats.GENERATION_SECRET,
                "is a name for the key of a CA (...-ca-<number>), which the operator keeps: name a Secret of your own")));
    CommonRules.keySize(CAPrivateKey::algorithm, CAPrivateKey::size)
        .forEach(
            rule ->
                all.add(FieldRules.at("spec.privateKey", ca -> ca.getSpec().privateKey(), rule)));
    all.add(
        FieldRules.at(
            "spec.nameConstraints",
            ca -> ca.getSpec().nameConstraints(),
            Cel.<NameConstraints>between(
                "",
                celHolds("self.permitted") + " || " + celHolds("self.excluded"),
                "nameConstraints without any name constrain nothing: give some, or leave them out",
                constraints -> holds(constraints.permitted()) || holds(constraints.excluded()))));
    all.addAll(
        NamespaceRules.at(
            FieldPath.of("spec.allowedNamespaces", (RootCA ca) -> ca.getSpec().allowedNamespaces()),
            NamespaceRules.MOST_REQUIREMENTS));
    all.add(
        FieldRules.at(
            "spec",
            RootCA::getSpec,
            Cel.<RootCASpec>between(
                ".policy",
                "self.allowedNamespaces.from == 'Same' || has(self.policy)",
                "is needed where allowedNamespaces lets other namespaces in: say what they may have signed, such as dnsNames [*.{namespace}.svc]",
                spec -> !spec.allowedNamespaces().reachOut() || spec.policy() != null)));
    policy(all);
    subtrees(all, "permitted", NameConstraints::permitted);
    subtrees(all, "excluded", NameConstraints::excluded);
    all.addAll(RevocationRules.all());
    all.addAll(TrustBundleRules.all());
    all.addAll(AdditionalTrustRules.all());
    FieldPath<RootCA, ObjectMetadata> metadata =
        FieldPath.of("spec.objectMetadata", ca -> ca.getSpec().objectMetadata());
    all.addAll(
        TemplateRules.at(
            metadata, ObjectMetadata::labels, ObjectMetadata::annotations, MOST_METADATA));
    all.add(metadata.entries("labels", ObjectMetadata::labels).rules(TemplateRules.LABEL_VALUE));
    ALL = List.copyOf(all);
  }

  private RootCASpecRules() {}

  private static void policy(List<FieldRules<RootCA, ?>> all) {
    all.add(
        FieldRules.at(
            "spec.policy",
            ca -> ca.getSpec().policy(),
            Cel.<Policy>between(
                "",
                Stream.of("commonNames", "dnsNames", "ipRanges", "uris", "emailAddresses")
                    .map(list -> "(has(self.%1$s) && size(self.%1$s) > 0)".formatted(list))
                    .collect(Collectors.joining(" || ")),
                "allows no name, and whatever a policy does not list is refused: give commonNames, dnsNames, ipRanges, uris or emailAddresses",
                policy -> !policy.namesNothing())));
    all.add(
        FieldRules.at(
            "spec.policy.kinds",
            ca -> listOf(ca, Policy::kinds),
            new Items<LeafKind>(2),
            new Unique<LeafKind>()));
    all.add(
        FieldRules.at(
            "spec.policy.usages",
            ca -> listOf(ca, Policy::usages),
            new Items<Usage>(2),
            CommonRules.USAGES_DIFFER));
    patterns(all, "commonNames", Policy::commonNames, TEXT_PATTERN);
    patterns(all, "dnsNames", Policy::dnsNames, DNS_PATTERN);
    patterns(all, "ipRanges", Policy::ipRanges, CONSTRAINT_IP);
    patterns(all, "uris", Policy::uris, URI_PATTERN);
    patterns(all, "emailAddresses", Policy::emailAddresses, EMAIL_PATTERN);
    all.add(
        FieldRules.at(
            "spec.policy.maxDuration",
            ca -> {
              Policy policy = ca.getSpec().policy();
              return policy == null ? null : policy.maxDuration();
            },
            DurationRules.LENGTH,
            DurationRules.FORM,
            DurationRules.LIFE));
  }

  private static void patterns(
      List<FieldRules<RootCA, ?>> all,
      String field,
      Function<Policy, List<String>> patterns,
      Cel<String> form) {
    String place = "spec.policy." + field;
    Function<RootCA, List<String>> list = ca -> listOf(ca, patterns);
    all.add(FieldRules.at(place, list, new Items<String>(MOST_CONSTRAINTS), new Unique<String>()));
    all.add(FieldRules.each(place, list, NAME_LENGTH, form));
  }

  private static <T> List<T> listOf(RootCA ca, Function<Policy, List<T>> list) {
    Policy policy = ca.getSpec().policy();
    return policy == null ? List.of() : list.apply(policy);
  }

  private static void subtrees(
      List<FieldRules<RootCA, ?>> all,
      String field,
      Function<NameConstraints, @Nullable NameSubtrees> subtrees) {
    String place = "spec.nameConstraints." + field;
    names(all, place + ".dnsDomains", subtrees, NameSubtrees::dnsDomains, CONSTRAINT_DNS);
    names(all, place + ".ipRanges", subtrees, NameSubtrees::ipRanges, CONSTRAINT_IP);
    names(all, place + ".emailAddresses", subtrees, NameSubtrees::emailAddresses, CONSTRAINT_EMAIL);
    names(all, place + ".uriDomains", subtrees, NameSubtrees::uriDomains, CONSTRAINT_URI);
  }

  private static void names(
      List<FieldRules<RootCA, ?>> all,
      String place,
      Function<NameConstraints, @Nullable NameSubtrees> subtrees,
      Function<NameSubtrees, List<String>> names,
      Cel<String> form) {
    Function<RootCA, List<String>> list =
        ca -> {
          NameConstraints constraints = ca.getSpec().nameConstraints();
          NameSubtrees found = constraints == null ? null : subtrees.apply(constraints);
          return found == null ? List.of() : names.apply(found);
        };
    all.add(FieldRules.at(place, list, new Items<String>(MOST_CONSTRAINTS), new Unique<String>()));
    all.add(FieldRules.each(place, list, NAME_LENGTH, form));
  }

  private static boolean holds(@Nullable NameSubtrees subtrees) {
    return subtrees != null && !subtrees.namesNothing();
  }

  private static String celHolds(String subtrees) {
    return Stream.of("dnsDomains", "ipRanges", "emailAddresses", "uriDomains")
        .map(list -> "(has(%1$s.%2$s) && size(%1$s.%2$s) > 0)".formatted(subtrees, list))
        .collect(Collectors.joining(" || ", "(has(" + subtrees + ") && (", "))"));
  }
}
