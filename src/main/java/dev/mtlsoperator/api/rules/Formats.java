package dev.mtlsoperator.api.rules;

/**
 * Forms of strings as regular expressions that Java and RE2 (CEL) read alike; none holds a double
 * quote, so that each can stand in a raw CEL string.
 */
final class Formats {
  private static final String LOWER_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

  /** RFC 1123 host names in lower case, a wildcard as the leftmost label (RFC 6125 section 6.4). */
  static final String DNS_NAME = "^(\\*\\.)?" + LOWER_LABEL + "(\\." + LOWER_LABEL + ")*$";

  /** As {@link #DNS_NAME}, with at least one dot. */
  static final String DOTTED_DNS_NAME =
      "^(\\*\\.)?" + LOWER_LABEL + "(\\." + LOWER_LABEL + ")*\\." + LOWER_LABEL + "$";

  private static final String LAX = "[*A-Za-z0-9\\x{80}-\\x{10FFFF}]";
  private static final String LAX_LABEL =
      LAX + "([-*A-Za-z0-9\\x{80}-\\x{10FFFF}]{0,61}" + LAX + ")?";

  /** Only labels and dots; case, alphabet, wildcards and a last dot have rules of their own. */
  static final String LABELS = "^" + LAX_LABEL + "(\\." + LAX_LABEL + ")*\\.?$";

  static final String ASCII = "^[\\x00-\\x7F]*$";

  static final String WILDCARD_LEFTMOST = "^([^*]+|\\*\\.[^*]+)$";

  /** A name that resolvers read as an IPv4 address (WHATWG URL, "ends in a number"). */
  static final String ENDS_IN_NUMBER = "(^|\\.)[0-9]+$";

  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final String IPV4 = OCTET + "(\\." + OCTET + "){3}";
  private static final String HEX = "[0-9A-Fa-f]{1,4}";

  private static final String IPV6 =
      "(("
          + HEX
          + ":){7}"
          + HEX
          + "|("
          + HEX
          + ":){1,6}:|("
          + HEX
          + ":){1,5}:"
          + HEX
          + "|("
          + HEX
          + ":){1,4}(:"
          + HEX
          + "){1,2}|("
          + HEX
          + ":){1,3}(:"
          + HEX
          + "){1,3}|("
          + HEX
          + ":){1,2}(:"
          + HEX
          + "){1,4}|"
          + HEX
          + ":(:"
          + HEX
          + "){1,5}|:((:"
          + HEX
          + "){1,6}|:)|(("
          + HEX
          + ":){6}|::("
          + HEX
          + ":){0,4}|"
          + HEX
          + "::("
          + HEX
          + ":){0,3}|("
          + HEX
          + ":){2}:("
          + HEX
          + ":){0,2}|("
          + HEX
          + ":){3}:("
          + HEX
          + ":)?|("
          + HEX
          + ":){4}:)"
          + IPV4
          + ")";

  /**
   * IPv4 without leading zeros, or IPv6 (RFC 4291 section 2.2) without zone, where :: stands for at
   * least two groups (RFC 5952 section 4.2.2). Not CEL's own isIP, which Kubernetes 1.30 does not
   * offer for new rules.
   */
  static final String IP_ADDRESS = "^(" + IPV4 + "|" + IPV6 + ")$";

  /** IPv4 alone. */
  static final String IPV4_ADDRESS = "^" + IPV4 + "$";

  /** CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3). */
  static final String IP_RANGE =
      "^(" + IPV4 + "/(3[0-2]|[12]?[0-9])|" + IPV6 + "/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$";

  /** An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), which Java reads as IPv4. */
  static final String IPV4_MAPPED = "^[0:]*:[fF]{4}:([0-9.]+|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4})$";

  private static final String ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

  /** RFC 5321 Mailbox: a dot-string, and a domain in lower case or capitals; ASCII. */
  static final String EMAIL =
      "^"
          + ATEXT
          + "(\\."
          + ATEXT
          + ")*@[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$";

  private static final String DOMAIN = LOWER_LABEL + "(\\." + LOWER_LABEL + ")*";

  /** A domain in lower case, without wildcard. */
  static final String DNS_DOMAIN = "^" + DOMAIN + "$";

  /** A host, or with a leading dot everything below a domain (RFC 5280 section 4.2.1.10). */
  static final String HOST_OR_DOMAIN = "^\\.?" + DOMAIN + "$";

  /** As {@link #HOST_OR_DOMAIN}, or one mailbox. */
  static final String MAIL_CONSTRAINT =
      "^(\\.?" + DOMAIN + "|" + ATEXT + "(\\." + ATEXT + ")*@" + DOMAIN + ")$";

  private static final String OWN = "\\{namespace\\}";
  private static final String PATTERN_LABEL =
      "(\\*|([a-z0-9]|" + OWN + ")(([-a-z0-9]|" + OWN + ")*([a-z0-9]|" + OWN + "))?)";
  private static final String PATTERN_DOMAIN = PATTERN_LABEL + "(\\." + PATTERN_LABEL + ")*";

  /** A DNS name in lower case, with * for whole labels and {namespace}. */
  static final String DNS_PATTERN = "^" + PATTERN_DOMAIN + "$";

  private static final String PATTERN_TEXT = "(\\*|([^*{}.\\p{Cc}\\p{Zl}\\p{Zp}]|" + OWN + ")*)";

  /** Text, with * for all between two dots and {namespace}. */
  static final String TEXT_PATTERN = "^" + PATTERN_TEXT + "(\\." + PATTERN_TEXT + ")*$";

  /** A mailbox, with * for the local part or whole labels, and {namespace}. */
  static final String EMAIL_PATTERN =
      "^(\\*|([A-Za-z0-9.!#$%&'+/=?^_`|~-]|" + OWN + ")+)@" + PATTERN_DOMAIN + "$";

  private static final String PATTERN_HOST_LABEL = "(\\*|([a-z0-9_~-]|" + OWN + ")+)";
  private static final String PATTERN_PCHAR =
      "([A-Za-z0-9._~!$&'()+,;=:@-]|%[0-9A-Fa-f]{2}|" + OWN + ")";
  private static final String PATTERN_SEGMENT = "(\\*|" + PATTERN_PCHAR + "*)";

  /** A URI without user, query and fragment, with * for whole labels and segments. */
  static final String URI_PATTERN =
      "^[a-z][a-z0-9+.-]*:(//"
          + PATTERN_HOST_LABEL
          + "(\\."
          + PATTERN_HOST_LABEL
          + ")*(:[0-9]{1,5})?(/"
          + PATTERN_SEGMENT
          + ")*|(\\*|"
          + PATTERN_PCHAR
          + "+)(/"
          + PATTERN_SEGMENT
          + ")*)$";

  private static final String PCHAR = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

  /** RFC 3986 with a scheme; with "//" also a host (RFC 5280 section 4.2.1.6). */
  static final String URI =
      "^[A-Za-z][A-Za-z0-9+.-]*:(//([A-Za-z0-9._~!$&'()*+,;=:%-]*@)?([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/"
          + PCHAR
          + "*)*|/?"
          + PCHAR
          + "+(/"
          + PCHAR
          + "*)*)(\\?("
          + PCHAR
          + "|[/?])*)?(#("
          + PCHAR
          + "|[/?])*)?$";

  /** Printable text of any language, without white space at its ends. */
  static final String TEXT =
      "^[^\\p{Cc}\\p{Zs}\\p{Zl}\\p{Zp}]([^\\p{Cc}\\p{Zl}\\p{Zp}]*[^\\p{Cc}\\p{Zs}\\p{Zl}\\p{Zp}])?$";

  static final String COUNTRY = "^[A-Z]{2}$";

  /** PrintableString (X.680 section 41.4). */
  static final String PRINTABLE = "^[A-Za-z0-9 '()+,./:=?-]+$";

  /** DNS-1123 subdomain: names of most Kubernetes objects. */
  static final String SUBDOMAIN =
      "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

  /** DNS-1123 label: names of namespaces. */
  static final String LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

  /** How Secrets of CA generations are named. */
  static final String GENERATION_SECRET = "-ca-[0-9]+$";

  /** Java folds aliases of PKCS#12 entries to lower case. */
  static final String ALIAS = "^[!-@\\[-~]([ -@\\[-~]*[!-@\\[-~])?$";

  static final String SECRET_KEY =
      "^[-_a-zA-Z0-9]([-._a-zA-Z0-9]*)$|^\\.[-_a-zA-Z0-9][-._a-zA-Z0-9]*$";

  /** Keys of labels and annotations: an optional DNS subdomain and a name of at most 63. */
  static final String QUALIFIED_NAME =
      "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

  static final String LABEL_VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";

  /**
   * Keys that make a controller act on the Secret: Kubernetes, this operator, GitOps tools (Argo
   * CD, Flux, Helm, kapp, kluctl, Fleet), replicators (mittwald, emberstack, Kubed, Rancher,
   * ClusterSecret), Sealed Secrets.
   */
  static final String RESERVED_KEY =
      "^([^/]*\\.)?(kubernetes\\.io|k8s\\.io|mtls-operator\\.dev|argoproj\\.io|fluxcd\\.io|helm\\.sh|k14s\\.io|carvel\\.dev|kluctl\\.io|cattle\\.io|mittwald\\.de|emberstack\\.com|appscode\\.com|clustersecret\\.io|olli\\.com|bitnami\\.com)/";

  /** Opaque, or a type with a domain, as Kubernetes asks of all that are not its own. */
  static final String SECRET_TYPE =
      "^(Opaque|" + DOMAIN + "/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$";

  /** Serial numbers of at most 32 octets, as openssl, browsers and certutil print them. */
  static final String SERIAL_NUMBER =
      "^((0[xX])?[0-9a-fA-F]{1,64}|[0-9a-fA-F]{1,2}([: ][0-9a-fA-F]{2}){1,31})$";

  /** The serial number zero, which no certificate has. */
  static final String ZERO = "^[0xX: ]+$";

  private static final String POINT_CHAR =
      "([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}|\\{namespace\\}|\\{name\\})*";

  /** 1 to 65535. */
  private static final String PORT =
      "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";

  /** A URI of HTTP without user and fragment, with {generation} exactly once after its host. */
  static final String DISTRIBUTION_POINT =
      "^https?://([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+\\])(:"
          + PORT
          + ")?/"
          + POINT_CHAR
          + "\\{generation\\}"
          + POINT_CHAR
          + "$";

  private Formats() {}
}
