package dev.mtlsoperator.pki.advice;

import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A certificate in service, as its peers meet it.
 *
 * @param keystores how its PKCS#12 keystores are encrypted; empty if there are none
 * @param trusted CAs in its bundle that verifiers cannot tell apart
 * @param unfitting how many certificates find no room in its bundle, by the CA that brings them
 */
public record LeafSubject(
    X509Certificate certificate,
    Optional<Pkcs12.Encryption> keystores,
    List<Namesakes.Pair> trusted,
    SortedMap<String, Integer> unfitting) {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final Pattern EMAIL_ATTRIBUTE =
      Pattern.compile("(?i)(^|[,+]) *(emailAddress|E|1\\.2\\.840\\.113549\\.1\\.9\\.1)=[^,+]*@");

  /** "Jane Doe", not "orders client" nor "node 7". */
  private static final Pattern PERSON =
      Pattern.compile(
          "\\p{Lu}[\\p{L}\\p{M}.'’-]*( [\\p{L}\\p{M}.'’-]+)* \\p{Lu}[\\p{L}\\p{M}.'’-]*");

  public LeafSubject {
    trusted = List.copyOf(trusted);
    unfitting = Collections.unmodifiableSortedMap(new TreeMap<>(unfitting));
  }

  /** A certificate whose bundle raises no question. */
  static LeafSubject of(X509Certificate certificate, Optional<Pkcs12.Encryption> keystores) {
    return new LeafSubject(certificate, keystores, List.of(), Collections.emptySortedMap());
  }

  /** Whether it serves. */
  boolean isServer() {
    return hasPurpose(SERVER_AUTH);
  }

  private boolean hasPurpose(String purpose) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes != null && purposes.contains(purpose);
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  SubjectAltNames names() {
    return SubjectAltNames.of(certificate);
  }

  Optional<String> commonName() {
    return DistinguishedName.of(certificate).commonName();
  }

  /**
   * Whether it is probably for a person, whose browser, phone or mail program imports a keystore: a
   * client with an e-mail address, or with a common name of several words in capitals ("Jane Doe"),
   * and without a name of a machine (DNS name, IP address, URI).
   */
  boolean isPersonal() {
    if (!hasPurpose(CLIENT_AUTH) || isServer()) {
      return false;
    }
    SubjectAltNames names = names();
    boolean machine =
        !names.dnsNames().isEmpty() || !names.ipAddresses().isEmpty() || !names.uris().isEmpty();
    boolean person =
        !names.emailAddresses().isEmpty()
            || EMAIL_ATTRIBUTE.matcher(DistinguishedName.of(certificate).toString()).find()
            || commonName()
                .filter(name -> name.contains("@") || PERSON.matcher(name).matches())
                .isPresent();
    return person && !machine;
  }
}
