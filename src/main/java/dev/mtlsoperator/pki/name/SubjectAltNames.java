package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.util.IPAddress;

/**
 * The subject alternative names of a certificate (RFC 5280 section 4.2.1.6), of each kind without
 * duplicates and in the given order.
 *
 * @param ipAddresses literals, kept in one canonical form
 */
public record SubjectAltNames(
    List<String> dnsNames,
    List<String> ipAddresses,
    List<String> uris,
    List<String> emailAddresses) {

  /**
   * @throws PkiException if an IP address is malformed
   */
  public SubjectAltNames {
    dnsNames = distinct(dnsNames);
    ipAddresses = distinct(ipAddresses.stream().map(SubjectAltNames::canonical).toList());
    uris = distinct(uris);
    emailAddresses = distinct(emailAddresses);
  }

  public static SubjectAltNames none() {
    return new SubjectAltNames(List.of(), List.of(), List.of(), List.of());
  }

  /** The names in a certificate, without kinds that the operator does not issue. */
  public static SubjectAltNames of(X509Certificate certificate) {
    List<String> dns = new ArrayList<>();
    List<String> ips = new ArrayList<>();
    List<String> uris = new ArrayList<>();
    List<String> mails = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> name : all == null ? List.<List<?>>of() : all) {
        String value = String.valueOf(name.get(1));
        switch ((Integer) name.get(0)) {
          case GeneralName.dNSName -> dns.add(value);
          case GeneralName.iPAddress -> ips.add(value);
          case GeneralName.uniformResourceIdentifier -> uris.add(value);
          case GeneralName.rfc822Name -> mails.add(value);
          default -> {
            // a kind that the operator does not issue
          }
        }
      }
    } catch (CertificateParsingException e) {
      throw new PkiException("the certificate's subject alternative names cannot be read", e);
    }
    return new SubjectAltNames(dns, ips, uris, mails);
  }

  public boolean isEmpty() {
    return dnsNames.isEmpty()
        && ipAddresses.isEmpty()
        && uris.isEmpty()
        && emailAddresses.isEmpty();
  }

  /** Whether both have the same names, in any order. */
  public boolean sameNames(SubjectAltNames other) {
    return new HashSet<>(dnsNames).equals(new HashSet<>(other.dnsNames))
        && new HashSet<>(ipAddresses).equals(new HashSet<>(other.ipAddresses))
        && new HashSet<>(uris).equals(new HashSet<>(other.uris))
        && new HashSet<>(emailAddresses).equals(new HashSet<>(other.emailAddresses));
  }

  /**
   * The encoding.
   *
   * @throws PkiException if a name is empty or not ASCII, which IA5String requires (RFC 5280
   *     section 4.2.1.6)
   */
  public GeneralNames generalNames() {
    Stream.of(dnsNames, uris, emailAddresses)
        .flatMap(List::stream)
        .forEach(SubjectAltNames::requireAscii);
    List<GeneralName> names = new ArrayList<>();
    dnsNames.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
    ipAddresses.forEach(
        ip ->
            names.add(
                new GeneralName(
                    GeneralName.iPAddress, new DEROctetString(address(ip).getAddress()))));
    uris.forEach(uri -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
    emailAddresses.forEach(mail -> names.add(new GeneralName(GeneralName.rfc822Name, mail)));
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static void requireAscii(String name) {
    if (name.isEmpty() || !name.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new PkiException(
          "the name '"
              + name
              + "' must be ASCII without spaces: write international domain names as xn--…");
    }
  }

  private static List<String> distinct(List<String> names) {
    return List.copyOf(new LinkedHashSet<>(names));
  }

  private static String canonical(String ip) {
    return address(ip).getHostAddress();
  }

  /** An address of 4 or 16 octets as text. */
  public static String literal(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new PkiException("an IP address has 4 or 16 octets, this one " + address.length, e);
    }
  }

  public static InetAddress address(String ip) {
    // checked first, because InetAddress would resolve other text as a host name
    if (!IPAddress.isValid(ip)) {
      throw new PkiException(
          "'" + ip + "' is not an IP address: write it as 192.0.2.1 or 2001:db8::1");
    }
    try {
      return InetAddress.getByName(ip);
    } catch (UnknownHostException e) {
      throw new PkiException(
          "'" + ip + "' is not an IP address: write it as 192.0.2.1 or 2001:db8::1", e);
    }
  }
}
