package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Sha256;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The objects of a trust bundle with {@code split: PerCertificate}. Their names and ids derive from
 * the certificates alone, so that no rotation, restart or order changes them.
 */
public final class SplitObjects {
  /** Too many for any gateway; the bound keeps other CAs' certificates from filling namespaces. */
  static final int MOST = 64;

  /** Long enough that nobody can make a certificate whose object has the name of another one's. */
  private static final int DIGITS = 16;

  /** No hexadecimal digit, so that no name ends like that of a CA's key: {@code -ca-<digits>}. */
  private static final String MARK = "-x";

  private static final Pattern NAME =
      Pattern.compile("(.+)" + MARK + "[0-9a-f]{" + DIGITS + "}", Pattern.DOTALL);

  private SplitObjects() {}

  /** The name of the object that holds a certificate. */
  static String name(TrustBundle bundle, X509Certificate certificate) {
    return bundle.name() + MARK + hex(certificate).substring(0, DIGITS);
  }

  /** The names of all objects of a bundle, whether it is split or not. */
  public static Set<String> names(TrustBundle bundle, TrustContent content) {
    return bundle.isSplit()
        ? content.certificates().stream()
            .map(certificate -> name(bundle, certificate))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of(bundle.name());
  }

  /** The name of the bundle whose object may have that name. */
  public static Optional<String> bundle(String objectName) {
    Matcher matcher = NAME.matcher(objectName);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /**
   * A UUID of version 8 (RFC 9562 section 5.8), the first 128 bits of the certificate's SHA-256
   * with version and variant set: consumers store one certificate under one id, so it must be the
   * same wherever the certificate is.
   */
  static String id(X509Certificate certificate) {
    String hex = hex(certificate);
    char variant = "89ab".charAt(Character.digit(hex.charAt(16), 16) & 3);
    return String.join(
        "-",
        hex.substring(0, 8),
        hex.substring(8, 12),
        "8" + hex.substring(13, 16),
        variant + hex.substring(17, 20),
        hex.substring(20, 32));
  }

  /**
   * The certificates that get an object, those of the CA first. Beyond the bound, one that has an
   * object already keeps it: a new one does not displace it.
   *
   * @param exists whether there is an object for a certificate
   */
  static Set<X509Certificate> chosen(TrustContent content, Predicate<X509Certificate> exists) {
    Set<X509Certificate> chosen = new LinkedHashSet<>(content.generations().values());
    List<X509Certificate> others = new ArrayList<>(content.additional());
    others.sort((a, b) -> Boolean.compare(exists.test(b), exists.test(a)));
    others.stream().limit(Math.max(0, MOST - chosen.size())).forEach(chosen::add);
    return chosen;
  }

  private static String hex(X509Certificate certificate) {
    return Fingerprint.of(certificate).text().substring(Sha256.PREFIX.length());
  }
}
