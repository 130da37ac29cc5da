package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1UniversalString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;

/**
 * Compares RDNs as OpenSSL does ({@code x509_name_canon}): as UTF-8, ASCII letters in lower case,
 * no white space at the ends, one space for each run of white space within.
 */
final class CanonicalRdn {
  private CanonicalRdn() {}

  /**
   * Whether two RDNs are the same to a verifier.
   *
   * @throws PkiException if one of them holds a UniversalString
   */
  static boolean same(RDN one, RDN other) {
    return Arrays.equals(encoded(one), encoded(other));
  }

  private static byte[] encoded(RDN relative) {
    ASN1EncodableVector all = new ASN1EncodableVector();
    for (AttributeTypeAndValue attribute : relative.getTypesAndValues()) {
      all.add(
          new DERSequence(
              new ASN1Encodable[] {attribute.getType(), canonical(attribute.getValue())}));
    }
    try {
      return new DERSet(all).getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new PkiException("a directory name cannot be encoded", e);
    }
  }

  private static ASN1Encodable canonical(ASN1Encodable value) {
    if (value instanceof ASN1UniversalString) {
      throw new PkiException(
          "a directory name holds a UniversalString: it cannot be judged by the CA's name constraints");
    }
    return value instanceof ASN1String text
        ? new DERUTF8String(
            AsciiCase.lower(
                text.getString()
                    .replaceAll("^[ \\t-\\r]+|[ \\t-\\r]+$", "")
                    .replaceAll("[ \\t-\\r]+", " ")))
        : value;
  }
}
