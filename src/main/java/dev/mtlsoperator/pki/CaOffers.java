package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out what the files of a CA offer, and says where each certificate belongs. */
final class CaOffers {
  /** Certificates of one key: the old and the renewed one, a cross-certificate of each. */
  private static final int MOST = 4;

  private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";

  private static final String HOW_TO_MAKE_A_CA =
      " Certify the same key and name again as a CA's, then what it signed stays valid:"
          + " `printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign,cRLSign\\nsubjectKeyIdentifier=hash\\n' > ca.ext`,"
          + " then `openssl x509 -in tls.crt -signkey tls.key -sha256 -days 3650 -extfile ca.ext -out new.crt`"
          + " for a root (an intermediate: ask its issuer), and put new.crt in the place of tls.crt";

  private final CaFiles files;
  private final Set<X509Certificate> bundle;
  private final CertificationPathFinder finder;

  private CaOffers(CaFiles files) {
    this.files = files;
    this.bundle = Set.copyOf(files.bundle());
    this.finder = CertificationPathFinder.among(files.pool());
  }

  /**
   * All ways in which the files can be used, of which the one that lasts longest comes first.
   *
   * @throws PkiException if there is none; the message says what to do
   */
  static List<CaOffer> of(CaFiles files, KeyMaterial key) {
    List<X509Certificate> own = ownedBy(key, files.sent());
    own.forEach(CaCertificateRules::requireBounds);
    boolean several = own.size() > 1;
    if (!several) {
      CaCertificateRules.requireCa(own.get(0), HOW_TO_MAKE_A_CA);
    }
    return new CaOffers(files).offers(own);
  }

  private static List<X509Certificate> ownedBy(KeyMaterial key, List<X509Certificate> sent) {
    List<X509Certificate> matching = sent.stream().filter(key::matches).toList();
    require(
        !matching.isEmpty(),
        "tls.key does not belong to "
            + (sent.size() == 1 ? CaPath.named(sent.get(0)) : "any of the certificates")
            + " in tls.crt: put the CA's own certificate and its key there");
    require(
        matching.size() <= MOST,
        "tls.crt holds "
            + matching.size()
            + " certificates of the key in tls.key, at most "
            + MOST
            + " are read: keep the one that is to be used");
    return matching;
  }

  private List<CaOffer> offers(List<X509Certificate> own) {
    List<CaPath> paths = new ArrayList<>();
    @Nullable PkiException first = null;
    for (X509Certificate ca : own) {
      try {
        paths.add(usable(ca));
      } catch (PkiException e) {
        first = first == null ? e : first;
      }
    }
    if (paths.isEmpty() && first != null) {
      throw first;
    }
    paths.sort(
        Comparator.comparing(CaPath::end)
            .reversed()
            .thenComparing(path -> path.all().size())
            .thenComparing(path -> Fingerprint.of(path.certificate()).text()));
    return paths.stream().map(path -> offer(path, own)).toList();
  }

  private CaPath usable(X509Certificate ca) {
    CaCertificateRules.requireCa(ca, HOW_TO_MAKE_A_CA);
    CaPath path = finder.path(ca);
    path.all().forEach(CaCertificateRules::requireBounds);
    CaCertificateRules.requireUsable(path);
    return path;
  }

  private CaOffer offer(CaPath path, List<X509Certificate> own) {
    List<String> leftOut = new ArrayList<>(files.unusable());
    List<String> notes = new ArrayList<>();
    if (own.size() > 1) {
      notes.add(
          "of the "
              + own.size()
              + " certificates of its key in tls.crt this one is used: "
              + CaOffer.described(path.certificate()));
    }
    CrossCertificates found = CrossCertificates.of(path, finder);
    leftOut.addAll(found.leftOut());
    List<X509Certificate> crosses = found.crosses();
    if (!crosses.isEmpty()) {
      notes.add(
          "sent along as cross-certificates: "
              + String.join(", ", crosses.stream().map(CaOffer::described).toList()));
    }
    List<X509Certificate> trust = trust(path, crosses, leftOut);
    if (!trust.isEmpty()) {
      notes.add(
          "also trusted, like certificates of additionalTrust, are other CAs in ca.crt: "
              + trust.size());
    }
    return new CaOffer(path.withCrosses(crosses), trust, leftOut, notes, Set.copyOf(own));
  }

  // what the company trusts beside its root; another certificate of a name and key on the path is
  // not needed, and one of a name alone is told apart by its key identifier or not at all
  private List<X509Certificate> trust(
      CaPath path, List<X509Certificate> crosses, List<String> leftOut) {
    List<X509Certificate> trust = new ArrayList<>();
    for (X509Certificate other : files.all()) {
      boolean known = path.all().contains(other) || crosses.contains(other);
      if (known
          || path.all().stream().anyMatch(member -> CrossCertificates.isVariant(other, member))) {
        continue;
      }
      require(
          bundle.contains(other) || isAboveCross(other, crosses),
          CaPath.named(other)
              + " is not part of the certification path from "
              + CaPath.named(path.certificate())
              + " to its root "
              + CaPath.named(path.anchor())
              + ": move it to ca.crt, or to additionalTrust, if it is to be trusted, and remove it otherwise");
      namesake(other, path).ifPresentOrElse(leftOut::add, () -> trust.add(other));
    }
    return trust;
  }

  private boolean isAboveCross(X509Certificate root, List<X509Certificate> crosses) {
    return finder.isRoot(root)
        && KeyUsages.isCa(root)
        && crosses.stream().anyMatch(cross -> finder.issuers(cross).contains(root));
  }

  // OpenSSL tries only the first certificate of a name unless a key identifier excludes it
  private static Optional<String> namesake(X509Certificate other, CaPath path) {
    return path.all().stream()
        .filter(member -> member.getSubjectX500Principal().equals(other.getSubjectX500Principal()))
        .filter(member -> lacksIdentifier(member) || lacksIdentifier(other))
        .findFirst()
        .map(
            member ->
                "ca.crt holds another key under the name "
                    + CaPath.named(other)
                    + ", which is not trusted: without subject key identifiers, verifiers would confuse the two");
  }

  private static boolean lacksIdentifier(X509Certificate certificate) {
    return certificate.getExtensionValue(SUBJECT_KEY_IDENTIFIER) == null;
  }
}
