package dev.mtlsoperator.cli.revocation;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The CRL of a CA as an earlier run left it in the CA's folder, or none.
 *
 * @param crl signed by the CA
 * @param record what was noted with it
 */
public record StoredCrl(Optional<Crl> crl, CrlNote record) {
  /** The CRL, in PEM. */
  public static final String FILE = "root.crl";

  /** What the next CRL has to know and this one does not tell. */
  public static final String RECORD = ".revocation";

  /** A new CRL would let back in what the lost one listed, with a number that may be lower. */
  private static final String REMEDY =
      ": restore it from a backup; to begin with one that lists only what the files revoke, move it and "
          + RECORD
          + " away";

  /**
   * Reads the files in the folder of a CA.
   *
   * @throws PkiException if the CRL is missing, damaged, of another CA, or older than it was
   */
  public static StoredCrl read(Map<String, byte[]> files, X509Certificate ca) {
    byte[] file = files.get(FILE);
    byte[] noted = files.get(RECORD);
    if (file == null) {
      require(noted == null, "holds no " + FILE + ", although there was one" + REMEDY);
      return new StoredCrl(Optional.empty(), CrlNote.none());
    }
    Crl crl = crl(file);
    require(
        crl.isSignedBy(ca),
        "holds a " + FILE + " that " + CaPath.named(ca) + " did not sign" + REMEDY);
    CrlNote note = noted == null ? CrlNote.none() : note(noted);
    require(
        crl.number().orElse(BigInteger.ZERO).compareTo(note.number()) >= 0,
        "holds a "
            + FILE
            + " with the number "
            + crl.number().map(BigInteger::toString).orElse("none")
            + ", which is older than the last one, "
            + note.number()
            + REMEDY);
    return new StoredCrl(Optional.of(crl), note);
  }

  private static Crl crl(byte[] file) {
    List<Crl> all;
    try {
      all = Crl.parseAll(SuppliedFile.of(file));
    } catch (PkiException e) {
      throw new PkiException("holds no usable " + FILE + " (" + e.getMessage() + ")" + REMEDY, e);
    }
    require(all.size() == 1, "holds a " + FILE + " with " + all.size() + " CRLs" + REMEDY);
    return all.get(0);
  }

  private static CrlNote note(byte[] file) {
    try {
      return CrlNote.parse(new String(file, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new PkiException(
          "holds no usable "
              + RECORD
              + ", which tells when revoked certificates end: restore it from a backup, or remove it; then what "
              + FILE
              + " lists stays there",
          e);
    }
  }
}
