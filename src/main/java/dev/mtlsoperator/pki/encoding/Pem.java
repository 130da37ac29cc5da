package dev.mtlsoperator.pki.encoding;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads and writes certificates in PEM (RFC 7468). Reading is bounded; writing uses 64 columns,
 * line feeds, and a final line feed.
 */
public final class Pem {
  /** A Secret has at most 1 MiB; the bundle of all public CAs has a quarter of that. */
  public static final int LONGEST = 512 * 1024;

  private static final String MARK = "-----";
  private static final String BEGIN = MARK + "BEGIN ";
  private static final String END = MARK + "END ";
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /** Labels of older programs that mean the same (RFC 7468 section 5.1). */
  private static final Set<String> CERTIFICATES =
      Set.of(CERTIFICATE, "X509 CERTIFICATE", "X.509 CERTIFICATE");

  private static final int LINE = 64;
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(LINE, new byte[] {'\n'});

  private Pem() {}

  /**
   * Reads certificates. Text between blocks is skipped (RFC 7468 section 2); any other block is an
   * error.
   *
   * @throws PkiException if there is no certificate, too much text, or another kind of block
   */
  public static List<X509Certificate> readCertificates(String pem) {
    return encodings(pem).stream().map(Pem::certificate).toList();
  }

  /**
   * The first certificate; the others are not parsed.
   *
   * @throws PkiException if there is no certificate, too much text, or another kind of block
   */
  public static X509Certificate readFirst(String pem) {
    return certificate(encodings(pem).get(0));
  }

  /**
   * The fingerprints of the CERTIFICATE blocks, none of which is parsed.
   *
   * @throws PkiException if there is no certificate, too much text, or another kind of block
   */
  public static List<Fingerprint> readFingerprints(String pem) {
    return encodings(pem).stream().map(Fingerprint::of).toList();
  }

  /**
   * The bytes of the CERTIFICATE blocks, none of which is parsed.
   *
   * @throws PkiException if there is no certificate, too much text, or another kind of block
   */
  private static List<byte[]> encodings(String pem) {
    List<byte[]> encodings = new ArrayList<>();
    for (PemBlocks.Block block : PemBlocks.of(pem)) {
      if (!isCertificate(block)) {
        throw new PkiException(
            "the PEM text holds another block: only CERTIFICATE blocks may stand here");
      }
      encodings.add(decoded(block.body()));
    }
    if (encodings.isEmpty()) {
      throw new PkiException("there is no certificate in the PEM text");
    }
    return encodings;
  }

  static boolean isCertificate(PemBlocks.Block block) {
    return CERTIFICATES.contains(block.label());
  }

  /**
   * Reads what {@link #write(Collection)} wrote, in order and without a bound on their number;
   * empty for a certificate that cannot be read or exceeds the bounds of this release.
   */
  public static List<Optional<X509Certificate>> readWritten(String pem) {
    return certificateBlocks(pem).stream().map(Pem::written).toList();
  }

  private static Optional<X509Certificate> written(String block) {
    try {
      return Optional.of(certificate(decoded(block)));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  /**
   * Fingerprints of the certificates in untrusted text. None of them is parsed, so that the cost is
   * linear; blocks that are not base64 are skipped.
   */
  public static Set<Fingerprint> fingerprints(String pem) {
    Set<Fingerprint> all = new HashSet<>();
    for (String block : certificateBlocks(pem)) {
      try {
        all.add(Fingerprint.of(base64(block)));
      } catch (IllegalArgumentException e) {
        // a block that is not base64 is no certificate
      }
    }
    return all;
  }

  /** The text from each of its certificates to the end: all, all but the first, and so on. */
  public static List<String> tails(String pem) {
    List<String> tails = new ArrayList<>();
    String boundary = BEGIN + CERTIFICATE + MARK;
    for (int begin = pem.indexOf(boundary);
        begin >= 0;
        begin = pem.indexOf(boundary, begin + boundary.length())) {
      tails.add(pem.substring(begin));
    }
    return tails;
  }

  /** The content of all CERTIFICATE blocks, whatever stands around them. */
  private static List<String> certificateBlocks(String pem) {
    String boundary = BEGIN + CERTIFICATE + MARK;
    List<String> blocks = new ArrayList<>();
    for (int begin = pem.indexOf(boundary); begin >= 0; ) {
      int content = begin + boundary.length();
      int end = pem.indexOf(END, content);
      if (end < 0) {
        break;
      }
      blocks.add(pem.substring(content, end));
      begin = pem.indexOf(boundary, end);
    }
    return blocks;
  }

  /**
   * The bytes of a CERTIFICATE block.
   *
   * @throws PkiException if it is not base64
   */
  static byte[] decoded(String base64) {
    return decoded("a " + CERTIFICATE, base64);
  }

  /** The same of another block, named with its article. */
  static byte[] decoded(String which, String base64) {
    try {
      return base64(base64);
    } catch (IllegalArgumentException e) {
      throw new PkiException(
          which
              + " block is not valid base64"
              + (base64.contains("\\n")
                  ? ": its line breaks are written as \\n; `printf '%b' \"$(cat FILE)\" > FILE.pem` mends it"
                  : ""),
          e);
    }
  }

  /** Decodes base64 on several lines; only white space may stand between its characters. */
  public static byte[] base64(String text) {
    byte[] compact = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isBlank(c)) {
        // no character of base64 is beyond ASCII
        compact[length++] = c < 0x80 ? (byte) c : 0;
      }
    }
    return Base64.getDecoder().decode(Arrays.copyOf(compact, length));
  }

  /** Whether a character is white space, at which a text may be indented, or a byte order mark. */
  static boolean isBlank(char c) {
    return c <= ' '
        ? Character.isWhitespace(c)
        : c >= 0x80 && (c == BYTE_ORDER_MARK || Character.isSpaceChar(c));
  }

  /** Parses a certificate from DER, after checking its bounds. */
  public static X509Certificate certificate(byte[] der) {
    try {
      CertificateLimits.require(der);
    } catch (PkiException e) {
      throw new PkiException("a CERTIFICATE block " + e.getMessage(), e);
    }
    try {
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      // as it will be written: the JDK must not have read anything else than what is there
      if (!Arrays.equals(certificate.getEncoded(), der)) {
        throw new PkiException("a CERTIFICATE block holds more than one X.509 certificate in DER");
      }
      return certificate;
    } catch (CertificateException e) {
      throw new PkiException("a CERTIFICATE block holds no X.509 certificate", e);
    }
  }

  /** Writes one certificate. */
  public static String write(X509Certificate certificate) {
    return block("CERTIFICATE", Der.of(certificate));
  }

  /** How many characters {@link #write(X509Certificate)} writes. */
  public static int size(X509Certificate certificate) {
    int base64 = (Der.of(certificate).length + 2) / 3 * 4;
    int boundaries = BEGIN.length() + END.length() + 2 * (CERTIFICATE.length() + MARK.length() + 1);
    return base64 + (base64 + LINE - 1) / LINE + boundaries;
  }

  /** Writes certificates one after the other. */
  public static String write(Collection<X509Certificate> certificates) {
    StringBuilder all = new StringBuilder();
    certificates.forEach(certificate -> all.append(write(certificate)));
    return all.toString();
  }

  /**
   * Whether a text that the operator wrote holds a PEM block that another text does not. A text
   * longer than what the operator writes counts as holding none.
   */
  public static boolean adds(String before, String after) {
    return before.length() > LONGEST || !blocks(before).containsAll(blocks(after));
  }

  private static Set<String> blocks(String pem) {
    Set<String> blocks = new HashSet<>();
    for (int begin = pem.indexOf(BEGIN); begin >= 0; ) {
      int next = pem.indexOf(BEGIN, begin + BEGIN.length());
      blocks.add(pem.substring(begin, next < 0 ? pem.length() : next).strip());
      begin = next;
    }
    return blocks;
  }

  public static String block(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + LINES.encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }
}
