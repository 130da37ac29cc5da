package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import java.util.List;
import java.util.Map;

/**
 * Reads the CRLs in texts that anybody may have written; one that holds none counts as empty. The
 * texts of a RootCA change rarely, so that each is parsed once.
 */
final class CrlTexts {
  private static final int MOST_REMEMBERED = 64;
  private static final int LONGEST_REMEMBERED = 64 * 1024;
  private static final String BEGIN = "-----BEGIN X509 CRL-----";

  private final Map<String, List<Crl>> read = RecentlyUsed.atMost(MOST_REMEMBERED);

  List<Crl> read(String text) {
    if (!text.contains(BEGIN)) {
      return List.of();
    }
    List<Crl> known = text.length() <= LONGEST_REMEMBERED ? read.get(text) : null;
    if (known != null) {
      return known;
    }
    List<Crl> parsed = parse(text);
    if (text.length() <= LONGEST_REMEMBERED) {
      read.put(text, parsed);
    }
    return parsed;
  }

  private static List<Crl> parse(String text) {
    try {
      return Crl.parseAll(SuppliedFile.of(text));
    } catch (PkiException e) {
      return List.of();
    }
  }
}
