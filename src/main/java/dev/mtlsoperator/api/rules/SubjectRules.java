package dev.mtlsoperator.api.rules;

import static dev.mtlsoperator.api.rules.CommonRules.COUNTRY;
import static dev.mtlsoperator.api.rules.CommonRules.PRINTABLE;
import static dev.mtlsoperator.api.rules.CommonRules.TEXT;

import dev.mtlsoperator.api.Subject;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rules of {@code spec.subject}; upper bounds as in RFC 5280 appendix A.1. */
final class SubjectRules {
  private static final int MOST_VALUES = 8;

  private SubjectRules() {}

  static <R> List<FieldRules<R, ?>> of(Function<R, @Nullable Subject> subject) {
    List<FieldRules<R, ?>> all = new ArrayList<>();
    add(all, subject, "organizations", Subject::organizations, new Length(1, 64), TEXT);
    add(all, subject, "organizationalUnits", Subject::organizationalUnits, new Length(1, 64), TEXT);
    // longer than two, so that the more helpful message is reported
    add(all, subject, "countries", Subject::countries, new Length(1, 64), COUNTRY);
    add(all, subject, "provinces", Subject::provinces, new Length(1, 128), TEXT);
    add(all, subject, "localities", Subject::localities, new Length(1, 128), TEXT);
    add(all, subject, "streetAddresses", Subject::streetAddresses, new Length(1, 128), TEXT);
    add(all, subject, "postalCodes", Subject::postalCodes, new Length(1, 40), TEXT);
    all.add(
        FieldRules.at(
            "spec.subject.serialNumber",
            resource -> {
              Subject found = subject.apply(resource);
              return found == null ? null : found.serialNumber();
            },
            new Length(1, 64),
            PRINTABLE));
    return all;
  }

  private static <R> void add(
      List<FieldRules<R, ?>> all,
      Function<R, @Nullable Subject> subject,
      String field,
      Function<Subject, List<String>> values,
      Length length,
      SpecRule<String> form) {
    Function<R, List<String>> list =
        resource -> {
          Subject found = subject.apply(resource);
          return found == null ? List.of() : values.apply(found);
        };
    all.add(FieldRules.at("spec.subject." + field, list, new Items<String>(MOST_VALUES)));
    all.add(FieldRules.each("spec.subject." + field, list, length, form));
  }

  /** Whether a subject holds any attribute. */
  static boolean holdsAny(@Nullable Subject subject) {
    return subject != null && !subject.equals(Subject.none());
  }

  /** The same in CEL, for {@code self.subject}. */
  static String celHoldsAny() {
    List<String> given = new ArrayList<>();
    for (String list :
        List.of(
            "organizations",
            "organizationalUnits",
            "countries",
            "provinces",
            "localities",
            "streetAddresses",
            "postalCodes")) {
      given.add("(has(self.subject." + list + ") && size(self.subject." + list + ") > 0)");
    }
    given.add("has(self.subject.serialNumber)");
    return "(has(self.subject) && (" + String.join(" || ", given) + "))";
  }
}
