package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/**
 * The rules of {@code spec.literalSubject}, an RFC 4514 string. Each quotes the part that breaks
 * it, so that a long subject need not be searched for the fault.
 */
final class LiteralSubjectRules {
  private static final Predicate<String> NO_PLUS = found(LiteralSubjectFormats.WITHOUT_PLUS);

  private static final Cel<String> SINGLE_VALUED =
      Cel.string(
              matches(LiteralSubjectFormats.WITHOUT_PLUS),
              "joins attributes by +, which is not supported: give each an RDN of its own, separated by a comma, such as DC=DEV,O=users; a + that belongs to a value needs a backslash before it",
              NO_PLUS)
          .quoting(
              find(LiteralSubjectFormats.RDN_WITH_PLUS),
              text -> first(LiteralSubjectFormats.RDN_WITH_PLUS, text));

  private static final Predicate<String> TYPES_KNOWN = found(LiteralSubjectFormats.KNOWN_RDNS);

  private static final Cel<String> KNOWN_TYPES =
      Cel.string(
              matches(LiteralSubjectFormats.KNOWN_RDNS),
              "does not begin with an attribute type that is known and =: use CN, O, OU, C, ST, L, STREET, postalCode, serialNumber, emailAddress, DC, UID, GN, SN, title, initials, generationQualifier, pseudonym, dnQualifier, organizationIdentifier, or a dotted OID such as 2.5.4.97; a comma that belongs to a value needs a backslash before it",
              TYPES_KNOWN)
          .quoting(
              "self.substring(size(" + find(LiteralSubjectFormats.LEADING_KNOWN_RDNS) + "))",
              text ->
                  text.substring(first(LiteralSubjectFormats.LEADING_KNOWN_RDNS, text).length()));

  private static final Predicate<String> HEX = found(LiteralSubjectFormats.HEX_RDNS);

  private static final Cel<String> NO_HEX =
      Cel.string(
              "!" + matches(LiteralSubjectFormats.HEX_RDNS),
              "has a value in hexadecimal (#...), which is not supported: write it as text",
              HEX.negate())
          .quoting(
              find(LiteralSubjectFormats.HEX_RDN),
              text -> first(LiteralSubjectFormats.HEX_RDN, text));

  private static final List<Cel<String>> PARTS = List.of(SINGLE_VALUED, KNOWN_TYPES, NO_HEX);

  private static final Pattern WHOLE = Pattern.compile(LiteralSubjectFormats.WHOLE);

  /** What the rules above leave. */
  private static final Cel<String> FORM =
      Cel.string(
          matches(LiteralSubjectFormats.WHOLE)
              + PARTS.stream()
                  .map(rule -> " || !(" + rule.cel() + ")")
                  .collect(Collectors.joining()),
          "must be an RFC 4514 string such as CN=root,O=Example,C=CN: no value empty, no space before a comma or around =, no control characters, and a backslash before each of the characters , + ; < > and the double quote",
          text ->
              WHOLE.matcher(text).matches()
                  || !PARTS.stream().allMatch(rule -> rule.holds().test(text)));

  private LiteralSubjectRules() {}

  static <R> List<FieldRules<R, ?>> of(Function<R, @Nullable String> literalSubject) {
    List<FieldRules<R, ?>> all = new ArrayList<>();
    all.add(FieldRules.at("spec.literalSubject", literalSubject, new Length(1, 1024)));
    PARTS.forEach(rule -> all.add(FieldRules.at("spec.literalSubject", literalSubject, rule)));
    all.add(FieldRules.at("spec.literalSubject", literalSubject, FORM));
    return all;
  }

  private static String matches(String regex) {
    return "self.matches(r\"" + regex + "\")";
  }

  private static String find(String regex) {
    return "self.find(r\"" + regex + "\")";
  }

  private static Predicate<String> found(String regex) {
    Pattern pattern = CommonRules.searched(regex);
    return text -> pattern.matcher(text).find();
  }

  private static String first(String regex, String text) {
    Matcher m = CommonRules.searched(regex).matcher(text);
    return m.find() ? m.group() : "";
  }

  /** The common names in an RFC 4514 string; none when it is not one (another rule says so). */
  static List<String> commonNames(String literalSubject) {
    if (!WHOLE.matcher(literalSubject).matches()) {
      return List.of(); // the parser below throws various exceptions, such as for "CN=x,"
    }
    try {
      return new LdapName(literalSubject)
          .getRdns().stream()
              .filter(
                  rdn -> rdn.getType().equalsIgnoreCase("CN") || rdn.getType().equals("2.5.4.3"))
              .map(Rdn::getValue)
              .map(String::valueOf)
              .toList();
    } catch (InvalidNameException e) {
      return List.of();
    }
  }
}
