package dev.mtlsoperator.pki.name;

import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Patterns for the names that a CA signs. {@code *} stands for exactly one whole part: a label of a
 * host, a segment of a path, the local part of an e-mail address, the text between two dots of a
 * common name. {@code {namespace}} stands for the namespace of the leaf. In doubt a pattern does
 * not match.
 */
public final class NamePattern {
  private static final String OWN = "{namespace}";
  private static final String ANY = "*";

  /** Excludes characters that are invisible or look like others. */
  private static final Pattern TEXT = Pattern.compile("[^\\p{C}\\p{Zl}\\p{Zp}]+");

  private static final Pattern LABEL = Pattern.compile("\\*|[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?");
  private static final Pattern PLAIN_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  private static final Pattern HOST_LABEL = Pattern.compile("[a-z0-9_~-]+");
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~!$&'()+,;=:@-]+");

  private NamePattern() {}

  /** The pattern with its placeholders replaced for a namespace. */
  public static String read(String pattern, String namespace) {
    return pattern.replace(OWN, namespace);
  }

  /** Matches a common name, case-sensitive. */
  public static boolean text(String pattern, String namespace, String name) {
    return parts(pattern, namespace, name, "\\.", TEXT.asMatchPredicate());
  }

  /**
   * Matches a DNS name, case-insensitive; the wildcard label of a certificate counts like any
   * label.
   */
  public static boolean dns(String pattern, String namespace, String name) {
    return parts(pattern, namespace, lower(name), "\\.", LABEL.asMatchPredicate());
  }

  /** Matches an e-mail address: the local part case-sensitive, the host case-insensitive. */
  public static boolean email(String pattern, String namespace, String name) {
    int at = pattern.lastIndexOf('@');
    int in = name.indexOf('@');
    return in > 0
        && in == name.lastIndexOf('@')
        && name.indexOf('"') < 0
        && part(pattern.substring(0, at), namespace, name.substring(0, in), TEXT.asMatchPredicate())
        && parts(
            pattern.substring(at + 1),
            namespace,
            lower(name.substring(in + 1)),
            "\\.",
            PLAIN_LABEL.asMatchPredicate());
  }

  /**
   * Matches a URI (RFC 3986): scheme and host case-insensitive, port and path literally. A URI with
   * a user, a query or a fragment never matches; {@code *} matches neither percent-encoding nor a
   * dot segment.
   */
  public static boolean uri(String pattern, String namespace, String name) {
    if (name.indexOf('?') >= 0 || name.indexOf('#') >= 0) {
      return false;
    }
    Uri allowed = Uri.of(pattern);
    Uri asked = Uri.of(name);
    return allowed.scheme().equals(lower(asked.scheme()))
        && allowed.hasAuthority() == asked.hasAuthority()
        && asked.authority().indexOf('@') < 0
        && allowed.port().equals(asked.port())
        && parts(
            allowed.host(), namespace, lower(asked.host()), "\\.", HOST_LABEL.asMatchPredicate())
        && parts(allowed.path(), namespace, asked.path(), "/", NamePattern::isSegment);
  }

  /**
   * Matches an IP address.
   *
   * @param range in CIDR notation
   * @param address 4 or 16 octets, as in a certificate; IPv4 and IPv6 never match each other
   */
  public static boolean ip(String range, byte[] address) {
    return IpRange.parse(range).filter(all -> all.contains(address)).isPresent();
  }

  /** The parts of a URI; absent parts are empty. */
  private record Uri(
      String scheme,
      boolean hasAuthority,
      String authority,
      String host,
      String port,
      String path) {

    static Uri of(String text) {
      int colon = text.indexOf(':');
      String scheme = colon < 0 ? "" : text.substring(0, colon);
      String rest = text.substring(colon + 1);
      if (!rest.startsWith("//")) {
        return new Uri(scheme, false, "", "", "", rest);
      }
      int slash = rest.indexOf('/', 2);
      String authority = slash < 0 ? rest.substring(2) : rest.substring(2, slash);
      int port = authority.lastIndexOf(':');
      return new Uri(
          scheme,
          true,
          authority,
          port < 0 ? authority : authority.substring(0, port),
          port < 0 ? "" : authority.substring(port),
          slash < 0 ? "" : rest.substring(slash));
    }
  }

  private static boolean parts(
      String pattern, String namespace, String name, String separator, Predicate<String> any) {
    // the pattern is split before its placeholders are replaced
    String[] wanted = pattern.split(separator, -1);
    String[] found = name.split(separator, -1);
    if (wanted.length != found.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (!part(wanted[i], namespace, found[i], any)) {
        return false;
      }
    }
    return true;
  }

  private static boolean part(
      String wanted, String namespace, String found, Predicate<String> any) {
    return wanted.equals(ANY)
        ? !found.isEmpty() && any.test(found)
        : found.equals(read(wanted, namespace));
  }

  private static boolean isSegment(String segment) {
    return SEGMENT.matcher(segment).matches() && !segment.equals(".") && !segment.equals("..");
  }

  // ASCII only: other alphabets have letters that fold to these
  private static String lower(String text) {
    return text.chars().allMatch(c -> c < 128) ? text.toLowerCase(Locale.ROOT) : text;
  }
}
