package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules for single values and groups of fields that several kinds share. */
final class CommonRules {
  /** Longest name of a RootCA, so that {@code <name>-ca-<n>} fits where names are shortest. */
  static final int LONGEST_CA_NAME = 52;

  static final Length NAME_LENGTH = new Length(1, 253);

  // Names of Kubernetes

  static final Cel<String> SECRET_NAME =
      Cel.form(
          Formats.SUBDOMAIN,
          "must be the name of a Secret: lower case letters, digits, - and ., such as web-tls");

  static final Cel<String> CA_NAME =
      Cel.form(
          Formats.SUBDOMAIN,
          "must be the name of a RootCA: lower case letters, digits, - and ., such as company-ca");

  static final Cel<String> WORKLOAD_NAME =
      Cel.form(
          Formats.SUBDOMAIN,
          "must be the name of a workload: lower case letters, digits, - and ., such as web");

  static final Cel<String> SECRET_KEY =
      Cel.form(
          Formats.SECRET_KEY,
          "must be a key of a Secret: letters, digits, -, _ and ., such as password");

  static final Cel<String> ALIAS =
      Cel.form(
          Formats.ALIAS,
          "must be printable ASCII without capital letters (Java folds aliases to lower case)");

  // Distinguished names

  static final Cel<String> TEXT =
      Cel.form(
          Formats.TEXT,
          "must be printable text: no control characters, no line breaks, no space at its ends");

  static final Cel<String> COUNTRY =
      Cel.form(
          Formats.COUNTRY,
          "must be the two capital letters of a country in ISO 3166, such as DE or CN");

  static final Cel<String> PRINTABLE =
      Cel.form(
          Formats.PRINTABLE,
          "must hold only letters, digits, spaces and '()+,-./:=? (it becomes a PrintableString)");

  static final String ONE_SUBJECT =
      "literalSubject is the whole distinguished name: leave out either it or commonName and subject";

  // Names of the holder

  static final List<Cel<String>> DNS_NAME =
      List.of(
          Cel.string(
              "self == self.lowerAscii()",
              "must be in lower case",
              text -> text.chars().noneMatch(c -> c >= 'A' && c <= 'Z')),
          Cel.form(
              Formats.ASCII,
              "is an internationalised name: write its A-labels, such as xn--bcher-kva.example"),
          Cel.string("!self.endsWith('.')", "must not end with a dot", text -> !text.endsWith(".")),
          Cel.form(
              Formats.WILDCARD_LEFTMOST,
              "may have a wildcard only as the whole leftmost label of a longer name, such as *.example.com"),
          Cel.form(
              Formats.LABELS,
              "must be a DNS name: labels of 1 to 63 letters, digits and hyphens, joined by dots, such as www.example.com"),
          unlike(
              Formats.ENDS_IN_NUMBER,
              "ends in a number, which no DNS name does: an IP address goes under ipAddresses"));

  static final List<Cel<String>> IP_ADDRESS =
      List.of(
          Cel.form(
              Formats.IP_ADDRESS,
              "must be an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1, without prefix length, port or zone"),
          unlike(Formats.IPV4_MAPPED, "is an IPv4 address within IPv6: write it as 192.0.2.1"));

  static final Cel<String> URI =
      Cel.form(
          Formats.URI,
          "must be an absolute URI in ASCII, with a scheme and what is special in it percent-encoded, such as spiffe://example.org/ns/shop/sa/web");

  static final Cel<String> EMAIL =
      Cel.form(
          Formats.EMAIL,
          "must be an e-mail address in ASCII such as jane@example.com, without a name");

  static final Unique<Usage> USAGES_DIFFER =
      new Unique<>(List.of(), usage -> "\"" + lowerAscii(usage.name()) + "\"");

  // Names that a CA may sign for

  static final Cel<String> CONSTRAINT_DNS =
      Cel.form(
          Formats.DNS_DOMAIN,
          "must be a domain in lower case such as example.com, without *. and without a leading dot: it stands for itself and all names below");

  static final Cel<String> CONSTRAINT_IP =
      Cel.form(
          Formats.IP_RANGE,
          "must be a range of IP addresses such as 10.0.0.0/8 or 2001:db8::/32; one address is 192.0.2.1/32");

  static final Cel<String> CONSTRAINT_EMAIL =
      Cel.form(
          Formats.MAIL_CONSTRAINT,
          "must be an e-mail address such as jane@example.com, a host such as example.com, or a domain with a leading dot such as .example.com, in lower case after the @");

  static final Cel<String> CONSTRAINT_URI =
      Cel.form(
          Formats.HOST_OR_DOMAIN,
          "must be a host such as example.com, or a domain with a leading dot such as .example.com, in lower case, without scheme, port or path");

  // What a CA signs

  static final Cel<String> NAMESPACE_NAME =
      Cel.form(
          Formats.LABEL,
          "must be the name of a namespace: lower case letters, digits and -, such as shop");

  static final Length NAMESPACE_LENGTH = new Length(1, 63);

  static final Cel<String> TEXT_PATTERN =
      Cel.form(
          Formats.TEXT_PATTERN,
          "must be a pattern for common names such as *.{namespace}.svc: * only as all between two dots, braces only as {namespace}");

  static final Cel<String> DNS_PATTERN =
      Cel.form(
          Formats.DNS_PATTERN,
          "must be a pattern for DNS names in lower case such as *.{namespace}.svc: * only as a whole label, braces only as {namespace}");

  static final Cel<String> URI_PATTERN =
      Cel.form(
          Formats.URI_PATTERN,
          "must be a pattern for URIs such as spiffe://example.org/ns/{namespace}/sa/*: * only as a whole label of the host or segment of the path, braces only as {namespace}, no user, query or fragment, scheme and host in lower case");

  static final Cel<String> EMAIL_PATTERN =
      Cel.form(
          Formats.EMAIL_PATTERN,
          "must be a pattern for e-mail addresses such as *@{namespace}.example.com: * only as all before the @ or as a whole label, braces only as {namespace}, in lower case after the @");

  private static final Pattern DOTTED = Pattern.compile(Formats.DOTTED_DNS_NAME);
  private static final Pattern NUMBER_AT_END = searched(Formats.ENDS_IN_NUMBER);
  private static final Pattern IP = Pattern.compile(Formats.IP_ADDRESS);

  private CommonRules() {}

  /**
   * A regular expression that is searched for as RE2 searches: {@code $} is the end of the text,
   * whereas in Java it also matches before a final line break.
   */
  static Pattern searched(String regex) {
    return Pattern.compile(regex.replaceFirst("\\$$", "\\\\z"));
  }

  /** A string in which a regular expression is not found. */
  static Cel<String> unlike(String regex, String must) {
    Pattern pattern = searched(regex);
    return Cel.string(
        "!self.matches(r\"" + regex + "\")", must, text -> !pattern.matcher(text).find());
  }

  /** The three rules for pairs of algorithm and size. */
  static <T> List<Cel<T>> keySize(
      Function<T, KeyAlgorithm> algorithm, Function<T, @Nullable Integer> size) {
    return List.of(
        Cel.between(
            ".size",
            "self.algorithm != 'ECDSA' || !has(self.size) || self.size in [256, 384, 521]",
            "an ECDSA key has a size of 256, 384 or 521 bits",
            key -> sized(key, KeyAlgorithm.ECDSA, algorithm, size, List.of(256, 384, 521))),
        Cel.between(
            ".size",
            "self.algorithm != 'RSA' || !has(self.size) || self.size in [2048, 3072, 4096]",
            "an RSA key has a size of 2048, 3072 or 4096 bits",
            key -> sized(key, KeyAlgorithm.RSA, algorithm, size, List.of(2048, 3072, 4096))),
        Cel.between(
            ".size",
            "self.algorithm != 'Ed25519' || !has(self.size)",
            "an Ed25519 key has no choice of size: leave size out",
            key -> sized(key, KeyAlgorithm.ED25519, algorithm, size, List.of())));
  }

  private static <T> boolean sized(
      T key,
      KeyAlgorithm of,
      Function<T, KeyAlgorithm> algorithm,
      Function<T, @Nullable Integer> size,
      List<Integer> allowed) {
    Integer asked = size.apply(key);
    return algorithm.apply(key) != of || asked == null || allowed.contains(asked);
  }

  /** Whether a text is an IP address. */
  static boolean isIpAddress(String text) {
    return IP.matcher(text).matches();
  }

  /** Whether a common name looks like a DNS name: a dot, and the form of one in any case. */
  static boolean looksLikeDnsName(String commonName) {
    String folded = lowerAscii(commonName);
    return DOTTED.matcher(folded).matches() && !NUMBER_AT_END.matcher(folded).find();
  }

  /** The same in CEL, for an expression of type string. */
  static String celLooksLikeDnsName(String text) {
    return "("
        + text
        + ".lowerAscii().matches(r\""
        + Formats.DOTTED_DNS_NAME
        + "\") && !"
        + text
        + ".matches(r\""
        + Formats.ENDS_IN_NUMBER
        + "\"))";
  }

  static String lowerAscii(String text) {
    StringBuilder folded = new StringBuilder(text.length());
    text.chars().forEach(c -> folded.append((char) (c >= 'A' && c <= 'Z' ? c + 32 : c)));
    return folded.toString();
  }
}
