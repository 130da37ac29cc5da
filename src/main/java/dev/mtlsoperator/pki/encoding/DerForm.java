package dev.mtlsoperator.pki.encoding;

import dev.mtlsoperator.pki.encoding.DerCursor.Element;
import dev.mtlsoperator.pki.encoding.DerCursor.Malformed;
import java.util.Arrays;
import java.util.Optional;

/** Tells by the outermost elements what a DER file is; nothing in it is parsed. */
final class DerForm {
  private static final int VERSION = 0xa0;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;

  /** 1.2.840.113549.1.7, the types of PKCS#7. */
  private static final String PKCS7 = "1.2.840.113549.1.7.";

  /** The same in BER of indefinite length, as Java writes PKCS#12, and Windows PKCS#7. */
  private static final byte[] PKCS12_BER = {0x30, (byte) 0x80, 2, 1, 3};

  private static final byte[] PKCS7_BER = {0x30, (byte) 0x80, 6, 9, 0x2a};

  private DerForm() {}

  /** The form of a file; empty if it is none of those that are known. */
  static Optional<FileForm> of(byte[] file) {
    if (startsWith(file, PKCS12_BER)) {
      return Optional.of(FileForm.PKCS12);
    }
    if (startsWith(file, PKCS7_BER)) {
      return Optional.of(FileForm.PKCS7_DER);
    }
    try {
      return sequence(DerCursor.over(file).next(DerCursor.SEQUENCE).content());
    } catch (Malformed e) {
      return Optional.empty();
    }
  }

  private static boolean startsWith(byte[] file, byte[] begin) {
    return file.length > begin.length
        && Arrays.equals(file, 0, begin.length, begin, 0, begin.length);
  }

  private static Optional<FileForm> sequence(DerCursor all) throws Malformed {
    Element first = all.next();
    return switch (first.tag()) {
      case DerCursor.SEQUENCE -> signedOrKey(first.content(), all);
      case DerCursor.INTEGER -> numbered(all);
      case DerCursor.OBJECT_IDENTIFIER ->
          first.objectIdentifier().startsWith(PKCS7)
              ? Optional.of(FileForm.PKCS7_DER)
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  // a version first: a key, or a keystore
  private static Optional<FileForm> numbered(DerCursor all) throws Malformed {
    if (all.isAt(DerCursor.OCTET_STRING)) {
      return Optional.of(FileForm.PRIVATE_KEY);
    }
    if (all.isAt(DerCursor.SEQUENCE)) {
      DerCursor inner = all.next().content();
      return Optional.of(
          inner.isAt(DerCursor.OBJECT_IDENTIFIER)
                  && inner.next().objectIdentifier().startsWith(PKCS7)
              ? FileForm.PKCS12
              : FileForm.PRIVATE_KEY);
    }
    int numbers = 1;
    while (all.isAt(DerCursor.INTEGER)) {
      all.next();
      numbers++;
    }
    return Optional.of(numbers > 2 ? FileForm.PRIVATE_KEY : FileForm.PUBLIC_KEY);
  }

  private static Optional<FileForm> signedOrKey(DerCursor inner, DerCursor rest) throws Malformed {
    if (rest.isAt(DerCursor.OCTET_STRING)) {
      return Optional.of(FileForm.ENCRYPTED_KEY_DER);
    }
    if (rest.isAt(DerCursor.BIT_STRING)) {
      return Optional.of(FileForm.PUBLIC_KEY);
    }
    if (inner.isAt(VERSION)) {
      return Optional.of(FileForm.CERTIFICATE);
    }
    if (inner.isAt(DerCursor.INTEGER)) {
      inner.next();
    }
    // of version 1: algorithm, name, and then validity, a time, or a key
    inner.next(DerCursor.SEQUENCE);
    if (!inner.isAt(DerCursor.SEQUENCE)) {
      return Optional.empty();
    }
    Element second = inner.next();
    if (inner.isAt(UTC_TIME) || inner.isAt(GENERALIZED_TIME)) {
      return Optional.of(FileForm.CRL);
    }
    DerCursor key = second.content();
    return Optional.of(key.isAt(DerCursor.SEQUENCE) ? FileForm.REQUEST : FileForm.CERTIFICATE);
  }
}
