package dev.mtlsoperator.api;

import static dev.mtlsoperator.api.CommonRules.DURATION_FORM;
import static dev.mtlsoperator.api.CommonRules.DURATION_LENGTH;
import static dev.mtlsoperator.api.CommonRules.DURATION_RANGE;
import static dev.mtlsoperator.api.CommonRules.LITERAL_SUBJECT;
import static dev.mtlsoperator.api.CommonRules.LONGEST_CA_NAME;
import static dev.mtlsoperator.api.CommonRules.ONE_SUBJECT;
import static dev.mtlsoperator.api.CommonRules.TEXT;

import dev.mtlsoperator.api.Rule.Cel;
import dev.mtlsoperator.api.Rule.Length;
import java.util.ArrayList;
import java.util.List;

/** The rules of {@link RootCA}, in the order in which they are reported. */
final class RootCARules {
  static final List<Placed<RootCA, ?>> ALL;

  static {
    List<Placed<RootCA, ?>> all = new ArrayList<>();
    all.add(
        Placed.at(
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
        Placed.at(
            "spec",
            RootCA::getSpec,
            Cel.<RootCASpec>between(
                "",
                "has(self.commonName) || has(self.literalSubject)",
                "a RootCA needs a name: give commonName, or literalSubject",
                spec -> spec.commonName() != null || spec.literalSubject() != null),
            Cel.<RootCASpec>between(
                ".literalSubject",
                "!has(self.literalSubject) || (!has(self.commonName) && !has(self.subject))",
                ONE_SUBJECT,
                spec ->
                    spec.literalSubject() == null
                        || (spec.commonName() == null && spec.subject() == null))));
    all.add(Placed.at("spec.commonName", ca -> ca.getSpec().commonName(), new Length(1, 64), TEXT));
    all.addAll(SubjectRules.of((RootCA ca) -> ca.getSpec().subject()));
    all.add(
        Placed.at(
            "spec.literalSubject",
            ca -> ca.getSpec().literalSubject(),
            new Length(1, 1024),
            LITERAL_SUBJECT));
    all.add(
        Placed.at(
            "spec.duration",
            ca -> ca.getSpec().duration(),
            DURATION_LENGTH,
            DURATION_FORM,
            DURATION_RANGE));
    CommonRules.keySize(CAPrivateKey::algorithm, CAPrivateKey::size)
        .forEach(
            rule -> all.add(Placed.at("spec.privateKey", ca -> ca.getSpec().privateKey(), rule)));
    ALL = List.copyOf(all);
  }

  private RootCARules() {}
}
