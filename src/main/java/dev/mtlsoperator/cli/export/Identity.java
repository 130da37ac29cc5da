package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.revocation.Crl;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * A certificate with its key, and the CAs that it trusts.
 *
 * @param chain the certificate and those that are sent after it; never empty
 * @param trust the CAs whose certificates its owner accepts
 * @param revocations a CRL of each CA in {@code trust}; empty if there are none
 * @param keystores as they were issued; empty if there are none
 */
record Identity(
    LeafName name,
    List<X509Certificate> chain,
    KeyMaterial key,
    List<X509Certificate> trust,
    List<Crl> revocations,
    Optional<PasswordedStores> keystores) {
  Identity {
    chain = List.copyOf(chain);
    trust = List.copyOf(trust);
    revocations = List.copyOf(revocations);
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  /** Whether its certificate is for this usage; one without any extendedKeyUsage is for both. */
  boolean isFor(Usage usage) {
    try {
      List<String> purposes = certificate().getExtendedKeyUsage();
      return purposes == null || purposes.contains(purpose(usage));
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  private static String purpose(Usage usage) {
    return switch (usage) {
      case SERVER -> "1.3.6.1.5.5.7.3.1";
      case CLIENT -> "1.3.6.1.5.5.7.3.2";
    };
  }

  /** The first common name of its subject, which is the one that PostgreSQL reads. */
  Optional<String> firstCommonName() {
    try {
      for (Rdn rdn : new LdapName(certificate().getSubjectX500Principal().getName()).getRdns()) {
        Attribute name = rdn.toAttributes().get("CN");
        if (name != null) {
          return Optional.of(String.valueOf(name.get()));
        }
      }
      return Optional.empty();
    } catch (NamingException e) {
      return Optional.empty();
    }
  }

  /** Whether it ends before that time. */
  boolean isExpired(Instant now) {
    return !now.isBefore(certificate().getNotAfter().toInstant());
  }

  /** When the first of its CRLs ends; empty if it has none. */
  Optional<Instant> revocationsEnd() {
    return revocations.stream().map(Crl::nextUpdate).min(Instant::compareTo);
  }

  @Override
  public String toString() {
    return "Identity[" + name + ", private key withheld]";
  }
}
