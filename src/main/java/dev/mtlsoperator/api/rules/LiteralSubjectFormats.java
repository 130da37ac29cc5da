package dev.mtlsoperator.api.rules;

/** The forms of {@code spec.literalSubject} and its parts (RFC 4514); see {@link Formats}. */
final class LiteralSubjectFormats {
  private static final String ESCAPED =
      "\\\\[ \\x22#+,;<=>\\\\]|\\\\[2-6][0-9A-Fa-f]|\\\\7[0-9A-Ea-e]|\\\\[89A-Fa-f][0-9A-Fa-f]";
  private static final String PLAIN = "^,+\\x22\\\\;<>\\p{Cc}\\p{Zl}\\p{Zp}";

  /** A dotted OID (X.660): arcs below 0 and 1 go up to 39. */
  private static final String OID =
      "([01]\\.(0|[1-9]|[1-3][0-9])|2\\.(0|[1-9][0-9]{0,9}))(\\.(0|[1-9][0-9]{0,9})){1,30}";

  /** An attribute type of RFC 4514, by a name that is known here or by its OID. */
  private static final String ATTRIBUTE_TYPE =
      "("
          + anyCase(
              "CN|OU|O|C|STREET|ST|L|POSTALCODE|SERIALNUMBER|EMAILADDRESS|E|DC|UID|GN|GIVENNAME|SN|SURNAME|TITLE|INITIALS|GENERATIONQUALIFIER|PSEUDONYM|DNQUALIFIER|ORGANIZATIONIDENTIFIER")
          + "|"
          + OID
          + ")";

  /** A backslash and what it escapes, which a rule of its own checks. */
  private static final String ESCAPE = "\\\\(?s:.)";

  private static final String ANY_VALUE = "([^,\\\\]|" + ESCAPE + ")*";

  private static final String KNOWN_RDN = "( *" + ATTRIBUTE_TYPE + "=" + ANY_VALUE + ")?";

  /** RDNs with known types, whatever their values; some of them may be empty. */
  static final String KNOWN_RDNS = "^" + KNOWN_RDN + "(," + KNOWN_RDN + ")*\\\\?$";

  /** Those of them that are followed by another RDN, from the start of a text. */
  static final String LEADING_KNOWN_RDNS = "^(" + KNOWN_RDN + ",)*";

  /** RDNs that do not join attributes by a plus sign. */
  static final String WITHOUT_PLUS = "^([^+\\\\]|" + ESCAPE + ")*\\\\?$";

  /** An RDN that does. */
  static final String RDN_WITH_PLUS = "([^,+\\\\]|" + ESCAPE + ")*\\+" + ANY_VALUE;

  /** RDNs, one of which has a value in hexadecimal. */
  static final String HEX_RDNS = "^(" + ANY_VALUE + ",)* *[-.A-Za-z0-9]+=#";

  /** An RDN that has. */
  static final String HEX_RDN = "[-.A-Za-z0-9]+=#" + ANY_VALUE;

  /** What commas that are not escaped separate. */
  static final String BETWEEN_COMMAS = "(?:[^,\\\\]|" + ESCAPE + ")+";

  /** An RDN that is a common name. */
  static final String COMMON_NAME_RDN = "^ *([Cc][Nn]|2\\.5\\.4\\.3)=";

  /**
   * One RDN of a known type with a value as RFC 4514 section 2.4 escapes it: never {@code #hex}, no
   * bare space at its ends.
   */
  private static final String RDN =
      ATTRIBUTE_TYPE
          + "=(["
          + PLAIN
          + " #]|"
          + ESCAPED
          + ")((["
          + PLAIN
          + "]|"
          + ESCAPED
          + ")*(["
          + PLAIN
          + " ]|"
          + ESCAPED
          + "))?";

  /** RDNs separated by commas, which spaces may follow. */
  static final String WHOLE = "^" + RDN + "(, *" + RDN + ")*$";

  private LiteralSubjectFormats() {}

  /** Capitals or lower case; (?i) would let RE2 fold other letters too, such as U+017F into s. */
  private static String anyCase(String capitals) {
    StringBuilder regex = new StringBuilder();
    capitals
        .chars()
        .forEach(
            c -> {
              if (c == '|') {
                regex.append('|');
              } else {
                regex.append('[').append((char) c).append((char) (c + 32)).append(']');
              }
            });
    return regex.toString();
  }
}
