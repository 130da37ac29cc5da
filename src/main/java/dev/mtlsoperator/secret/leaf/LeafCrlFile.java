package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.leaf.LeafCrls;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;

/**
 * The CRLs in a leaf's Secret.
 *
 * @param text in PEM; empty: there is no such file
 * @param note what is noted of them; empty: nothing
 */
public record LeafCrlFile(Optional<String> text, String note) {

  /** No file. */
  public static LeafCrlFile none() {
    return new LeafCrlFile(Optional.empty(), "");
  }

  /**
   * The file to write. A Secret that has CRLs keeps those of a RootCA that has none any more:
   * without any, a gateway would let revoked clients in, or refuse the Secret.
   *
   * @param note what is noted on the Secret that is replaced; empty: it has none
   * @param live that Secret, if it is needed
   */
  public static LeafCrlFile of(LeafCrls wanted, String note, Optional<Secret> live) {
    return switch (wanted.knowledge()) {
      case NOT_ASKED -> none();
      case COMPLETE -> new LeafCrlFile(Optional.of(wanted.pem()), wanted.note());
      case UNKNOWN ->
          note.isEmpty() ? none() : new LeafCrlFile(live.flatMap(LeafCrlFile::held), note);
      case INCOMPLETE ->
          note.isEmpty()
              ? none()
              : new LeafCrlFile(
                  Optional.of(wanted.pem() + kept(wanted, live)).filter(pem -> !pem.isEmpty()),
                  wanted.note().isEmpty() ? note : wanted.note());
    };
  }

  /** Whether the Secret that is replaced has to be read for it. */
  public static boolean needsLive(LeafCrls wanted, String note) {
    return !note.isEmpty()
        && (wanted.knowledge() == LeafCrls.Knowledge.UNKNOWN
            || wanted.knowledge() == LeafCrls.Knowledge.INCOMPLETE);
  }

  private static Optional<String> held(Secret live) {
    return SecretData.text(live, Keys.CA_CRL);
  }

  private static String kept(LeafCrls wanted, Optional<Secret> live) {
    List<Crl> fresh = crls(wanted.pem());
    List<Crl> before = live.flatMap(LeafCrlFile::held).map(LeafCrlFile::crls).orElse(List.of());
    return Crl.pem(
        before.stream()
            .filter(
                old ->
                    fresh.stream()
                        .noneMatch(
                            crl -> crl.issuer().equals(old.issuer()) && !old.isNewerThan(crl)))
            .toList());
  }

  private static List<Crl> crls(String pem) {
    try {
      return pem.isEmpty() ? List.of() : Crl.parseAll(SuppliedFile.of(pem));
    } catch (PkiException e) {
      // somebody else wrote it
      return List.of();
    }
  }
}
