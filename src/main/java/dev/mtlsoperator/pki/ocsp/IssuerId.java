package dev.mtlsoperator.pki.ocsp;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * How a request names the issuer of a certificate (RFC 6960 section 4.1.1): by digests of its name
 * and of its key. They identify it; SHA-1 protects nothing here.
 *
 * @param algorithm OID of the digest
 * @param nameHash of the DER encoding of its name, in hexadecimal
 * @param keyHash of the bits of its public key, in hexadecimal
 */
public record IssuerId(String algorithm, String nameHash, String keyHash) {
  /** RFC 5019 section 2.1.1 demands SHA-1, its successor in the IETF SHA-256. */
  private static final Map<String, String> DIGESTS =
      Map.of(
          OIWObjectIdentifiers.idSHA1.getId(), "SHA-1",
          NISTObjectIdentifiers.id_sha256.getId(), "SHA-256");

  /** All by which a request may name this issuer. */
  public static List<IssuerId> of(X509Certificate issuer) {
    byte[] name = issuer.getSubjectX500Principal().getEncoded();
    byte[] key =
        SubjectPublicKeyInfo.getInstance(issuer.getPublicKey().getEncoded())
            .getPublicKeyData()
            .getOctets();
    return DIGESTS.entrySet().stream()
        .map(
            digest ->
                new IssuerId(
                    digest.getKey(), hash(digest.getValue(), name), hash(digest.getValue(), key)))
        .toList();
  }

  static IssuerId of(CertID asked) {
    return new IssuerId(
        asked.getHashAlgorithm().getAlgorithm().getId(),
        HexFormat.of().formatHex(asked.getIssuerNameHash().getOctets()),
        HexFormat.of().formatHex(asked.getIssuerKeyHash().getOctets()));
  }

  private static String hash(String digest, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(digest).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + digest, e);
    }
  }
}
